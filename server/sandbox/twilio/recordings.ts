import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Faults } from '../faults.ts';
import { sendJson } from '../http.ts';
import type { Journal } from '../journal.ts';
import { Timers } from '../timers.ts';
import { postSigned } from './callbacks.ts';
import { sendError } from './errors.ts';
import { lineSound } from './line-sound.ts';
import type { PhoneCall } from './phone-call.ts';

export interface RecordingsParts {
  accountSid: string;
  authToken: string;
  faults: Faults;
  journal: Journal;
}

interface CallRecording {
  sid: string;
  call: PhoneCall;
  status: 'in-progress' | 'processing' | 'completed';
  channels: 1 | 2;
  startedAt: Date;
  /** Frames of the call's line. */
  from: number;
  to: number | null;
  callback: string | null;
  events: readonly string[];
}

/** How long a recording takes to be ready. */
const READY_AFTER_MS = 80;
const FRAMES_PER_SECOND = 50;
const EVENTS = 'RecordingStatusCallbackEvent';

/** Twilio's recordings of calls: both sides as they sounded, ready a moment after the end, there until they are deleted. */
export class CallRecordings {
  readonly #parts: RecordingsParts;
  readonly #all = new Map<string, CallRecording>();
  readonly #timers = new Timers();

  constructor(parts: RecordingsParts) {
    this.#parts = parts;
  }

  /** @returns whether it was a request about recordings. */
  serve(
    method: string,
    { pathname, searchParams }: URL,
    form: URLSearchParams,
    calls: ReadonlyMap<string, PhoneCall>,
    response: ServerResponse,
  ): boolean {
    const base = `/2010-04-01/Accounts/${this.#parts.accountSid}`;
    if (!pathname.startsWith(base)) return false;
    const path = pathname.slice(base.length);
    const ofCall = /^\/Calls\/(CA[0-9a-f]{32})\/Recordings(?:\/(RE[0-9a-f]{32}))?\.json$/.exec(path);
    const one = /^\/Recordings\/(RE[0-9a-f]{32})\.(json|wav)$/.exec(path);
    if (ofCall !== null && method === 'POST') {
      const call = calls.get(ofCall[1] ?? '');
      if (ofCall[2] === undefined) this.#create(call, form, response);
      else this.#update(this.#all.get(ofCall[2]), call, form, response);
    } else if (path === '/Recordings.json' && method === 'GET') {
      this.#list(searchParams.get('CallSid'), response);
    } else if (one !== null) {
      this.#one(method, this.#all.get(one[1] ?? ''), one[2] ?? '', searchParams, response);
    } else return false;
    return true;
  }

  close(): void {
    this.#timers.clear();
  }

  #create(call: PhoneCall | undefined, form: URLSearchParams, response: ServerResponse): void {
    if (call === undefined) return sendError(response, 404, 20404, 'The requested resource was not found');
    if (call.status !== 'in-progress' || call.stream === null)
      return sendError(response, 400, 21220, 'Call is not in-progress; it cannot be recorded.');
    const recording: CallRecording = {
      sid: `RE${randomBytes(16).toString('hex')}`,
      call,
      status: 'in-progress',
      channels: form.get('RecordingChannels') === 'dual' ? 2 : 1,
      startedAt: new Date(),
      from: call.stream.recording.caller.length,
      to: null,
      callback: form.get('RecordingStatusCallback'),
      events: form.has(EVENTS) ? form.getAll(EVENTS) : ['completed'],
    };
    this.#all.set(recording.sid, recording);
    call.whenOver(() => this.#finish(recording));
    sendJson(response, 201, this.#describe(recording));
  }

  #update(
    recording: CallRecording | undefined,
    call: PhoneCall | undefined,
    form: URLSearchParams,
    response: ServerResponse,
  ): void {
    if (recording === undefined || recording.call !== call)
      return sendError(response, 404, 20404, 'The requested resource was not found');
    if (form.get('Status') !== 'stopped')
      return sendError(response, 400, 20001, 'Status must be stopped, paused or in-progress');
    if (recording.to !== null) return sendError(response, 404, 20404, 'The recording is not in progress');
    this.#finish(recording);
    sendJson(response, 200, this.#describe(recording));
  }

  #list(callSid: string | null, response: ServerResponse): void {
    const recordings = [...this.#all.values()].filter(({ call }) => callSid === null || call.sid === callSid);
    sendJson(response, 200, {
      recordings: recordings.map((recording) => this.#describe(recording)),
      page: 0,
      page_size: 50,
      next_page_uri: null,
    });
  }

  #one(
    method: string,
    recording: CallRecording | undefined,
    format: string,
    query: URLSearchParams,
    response: ServerResponse,
  ): void {
    if (recording === undefined || (format === 'wav' && recording.status !== 'completed'))
      return sendError(response, 404, 20404, 'The requested resource was not found');
    if (method === 'DELETE' && format === 'json') {
      if (recording.to === null)
        return sendError(response, 400, 20409, 'The recording is in progress and cannot be deleted');
      this.#all.delete(recording.sid);
      response.writeHead(204).end();
    } else if (format === 'json') sendJson(response, 200, this.#describe(recording));
    else sendSound(recording, query.get('RequestedChannels') === '2' ? 2 : 1, response);
  }

  #finish(recording: CallRecording): void {
    if (recording.to !== null) return;
    recording.to = recording.call.stream?.recording.caller.length ?? recording.from;
    recording.status = 'processing';
    const fault = this.#parts.faults.take('twilio', ['recordings-untold']);
    this.#timers.after(fault === null ? READY_AFTER_MS : fault.delayMs, () => {
      recording.status = 'completed';
      if (fault === null) void this.#tell(recording);
    });
  }

  async #tell(recording: CallRecording): Promise<void> {
    const { accountSid, authToken, journal } = this.#parts;
    const { sid, call, callback, events, channels, startedAt } = recording;
    if (callback === null || !events.includes('completed')) return;
    try {
      await postSigned(authToken, callback, {
        AccountSid: accountSid,
        CallSid: call.sid,
        RecordingSid: sid,
        RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Recordings/${sid}`,
        RecordingStatus: 'completed',
        RecordingDuration: String(secondsOf(recording)),
        RecordingChannels: String(channels),
        RecordingStartTime: startedAt.toUTCString(),
        RecordingSource: 'StartCallRecordingAPI',
        RecordingTrack: 'both',
      });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      journal.note('twilio', 'callback-failed', { sid, problem });
    }
  }

  #describe(recording: CallRecording): object {
    const { sid, call, status, channels, startedAt } = recording;
    return {
      sid,
      account_sid: this.#parts.accountSid,
      call_sid: call.sid,
      status,
      channels,
      duration: status === 'completed' ? String(secondsOf(recording)) : null,
      start_time: startedAt.toUTCString(),
      date_created: startedAt.toUTCString(),
      price: null,
      price_unit: 'USD',
      source: 'StartCallRecordingAPI',
      track: 'both',
      uri: `/2010-04-01/Accounts/${this.#parts.accountSid}/Recordings/${sid}.json`,
    };
  }
}

function secondsOf({ from, to }: CallRecording): number {
  return Math.round(((to ?? from) - from) / FRAMES_PER_SECOND);
}

/** Whoever was called in the first channel; with one channel asked for, both mixed. */
function sendSound({ call, from, to }: CallRecording, wanted: 1 | 2, response: ServerResponse): void {
  const sides = call.stream?.recording ?? { caller: [], persona: [] };
  const sound = lineSound(sides, { from, to: to ?? from, mixed: wanted === 1 });
  response.writeHead(200, { 'content-type': 'audio/x-wav' }).end(sound);
}
