import { eq } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { recordings } from '../../db/schema/index.ts';
import type { Job, Sweep } from '../jobs/runner.ts';
import type { CarrierRecording, RecordingCarrier } from './ports.ts';
import type { RecordingRow, Recordings } from './recordings.ts';
import type { RecordingSettings } from './settings.ts';

export interface CollectingParts {
  db: Database;
  recordings: Recordings;
  settings: RecordingSettings;
  carrier: RecordingCarrier;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'fetch a recording' };
export const COLLECT_JOB = 'collect-recording';
const SWEEP_EVERY_MS = 60_000;
/** The carrier says when a recording is ready; after this it is asked. */
const ASK_AFTER_SECONDS = 60;

/**
 * Fetches recordings when they are ready, stores them sealed and deletes the carrier's copy. Whatever was lost on the way,
 * an answer, a callback or a process, the sweep finds what is still at the carrier.
 */
export class Collecting {
  readonly #parts: CollectingParts;

  constructor(parts: CollectingParts) {
    this.#parts = parts;
  }

  /** The carrier has said something of a call's recording. */
  async soon(callId: string): Promise<void> {
    await this.#parts.db.as(SYSTEM, (tx) => enqueueCollecting(tx, callId));
  }

  get jobs(): Readonly<Record<string, Job>> {
    return { [COLLECT_JOB]: ({ callId = '' }) => this.#collect(callId) };
  }

  get sweeps(): readonly Sweep[] {
    return [
      {
        name: 'recordings that are still at the carrier',
        everyMs: SWEEP_EVERY_MS,
        run: async () => {
          for (const callId of await this.#parts.recordings.uncollected(ASK_AFTER_SECONDS))
            await this.soon(callId);
        },
      },
    ];
  }

  /** Does nothing while the call goes on, or the carrier is not ready: its end, the callback or the sweep comes again. */
  async #collect(callId: string): Promise<void> {
    const { recordings: kept, carrier } = this.#parts;
    const found = await kept.atCarrier(callId);
    if (found === undefined || found.call.endedAt === null) return;
    const { recording, call, isLongOver } = found;
    const all = call.carrierSid === null ? [] : await carrier.ofCall(call.carrierSid);
    if (all.some(({ state }) => state === 'pending') || (!isLongOver && isMissing(recording, all))) return;
    if (recording.state === 'asked') await this.#keep(recording, all);
    for (const { sid } of all) await carrier.remove(sid);
    await kept.removedAtCarrier(recording);
  }

  async #keep(recording: RecordingRow, all: readonly CarrierRecording[]): Promise<void> {
    const { recordings: kept, settings, carrier } = this.#parts;
    const complete = all.find(({ state }) => state === 'complete');
    if (complete === undefined) return kept.absent(recording);
    const { keptDays } = (await settings.policy()).value;
    const sound = await carrier.fetch(complete.sid);
    await kept.store(recording, sound, { seconds: complete.seconds, keptDays });
  }
}

/** A call is over, or something was told of its recording: it is fetched, where there is one. */
export async function enqueueCollecting(tx: Transaction, callId: string): Promise<void> {
  const found = await tx.select({ id: recordings.id }).from(recordings).where(eq(recordings.callId, callId));
  if (found.length > 0) await addJob(tx, COLLECT_JOB, { callId }, { key: `collect:${callId}` });
}

/** The carrier has named it and does not list it, which may still come. */
function isMissing({ carrierSid }: RecordingRow, all: readonly CarrierRecording[]): boolean {
  return carrierSid !== null && !all.some(({ sid }) => sid === carrierSid);
}
