import { RingbackError } from '../errors.ts';
import type { CarrierRecording, RecordingCarrier } from '../recording/ports.ts';
import { openTwilio, quietly, type TwilioAccount } from './twilio-rest.ts';

export interface TwilioRecordingOptions extends TwilioAccount {
  /** Our own public address, for the URL that Twilio calls. */
  publicBaseUrl: string;
}

const API = 'https://api.twilio.com';
/** A download that gives nothing for so long has failed; it is begun anew. */
const FETCH_TIMEOUT_MS = 300_000;
/** "Resource not found", and "not eligible": it has ended already. */
const GONE: ReadonlySet<string> = new Set(['twilio_20404', 'twilio_21220']);
const READY = 'completed';
const NOTHING: ReadonlySet<string> = new Set(['absent', 'failed', 'deleted']);

/** Twilio's call recordings: both sides in one file, a channel each. */
export function twilioRecordings(options: TwilioRecordingOptions): RecordingCarrier {
  const client = openTwilio(options);
  const { accountSid, authToken, apiBaseUrl = API, publicBaseUrl } = options;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  return {
    async begin(carrierSid, callId) {
      const { sid } = await quietly(() =>
        client.calls(carrierSid).recordings.create({
          recordingChannels: 'dual',
          recordingTrack: 'both',
          trim: 'do-not-trim', // its times are those of the call
          recordingStatusCallback: `${publicBaseUrl}/twilio/recording?callId=${callId}`,
          recordingStatusCallbackMethod: 'POST',
          recordingStatusCallbackEvent: ['completed', 'absent'],
        }),
      );
      return sid;
    },
    end(carrierSid, recordingSid) {
      return unlessGone(async () => {
        await client.calls(carrierSid).recordings(recordingSid).update({ status: 'stopped' });
      });
    },
    async ofCall(carrierSid) {
      const listed = await quietly(() => client.recordings.list({ callSid: carrierSid }));
      return listed.map(({ sid, status, duration }) => ({
        sid,
        state: stateOf(status),
        seconds: Math.max(0, Number(duration ?? 0)),
      }));
    },
    async fetch(recordingSid) {
      const url = `${apiBaseUrl}/2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}.wav?RequestedChannels=2`;
      const response = await fetch(url, {
        headers: { authorization },
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      if (response.ok && response.body !== null) return response.body;
      await response.body?.cancel();
      throw new RingbackError(
        'recording_not_fetched',
        `Twilio answered ${response.status} for a recording.`,
        {
          remedy: 'It stays at Twilio and is asked for again; check TWILIO_AUTH_TOKEN if that goes on.',
        },
      );
    },
    remove(recordingSid) {
      return unlessGone(async () => {
        await client.recordings(recordingSid).remove();
      });
    },
  };
}

async function unlessGone(work: () => Promise<void>): Promise<void> {
  try {
    await quietly(work);
  } catch (error) {
    if (!(error instanceof RingbackError && GONE.has(error.code))) throw error;
  }
}

function stateOf(status: string): CarrierRecording['state'] {
  if (status === READY) return 'complete';
  return NOTHING.has(status) ? 'absent' : 'pending';
}
