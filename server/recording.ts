import type { Database } from '../db/connection.ts';
import type { CallRecorder } from './call/call-recording.ts';
import type { Consents } from './dialing/consents.ts';
import { recordingRoutes } from './http/api/recordings.ts';
import type { Route } from './http/routes.ts';
import type { Job, Sweep } from './jobs/runner.ts';
import type { Logger } from './log.ts';
import { Collecting } from './recording/collecting.ts';
import type { RecordingCarrier } from './recording/ports.ts';
import { type RecordableCall, Recorder } from './recording/recorder.ts';
import { Recordings } from './recording/recordings.ts';
import { RecordingSettings } from './recording/settings.ts';
import type { Keys } from './security/keys.ts';

export interface RecordingParts {
  db: Database;
  keys: Keys;
  consents: Consents;
  carrier: RecordingCarrier;
  log: Logger;
}

/** Everything about recordings of calls, put together. */
export interface Recording {
  recordings: Recordings;
  /** The carrier has said something of a call's recording. */
  collectSoon(callId: string): Promise<void>;
  /** Whether a callee is asked, has agreed, or is not recorded. Minors are not: their yes binds nobody. */
  recordingOf(callee: {
    phoneNumber: string;
    ageBand: 'adult' | 'minor' | null;
  }): Promise<'ask' | 'agreed' | null>;
  recorder(call: RecordableCall): CallRecorder;
  routes: Route[];
  jobs: Readonly<Record<string, Job>>;
  sweeps: readonly Sweep[];
}

export function openRecording({ db, keys, consents, carrier, log }: RecordingParts): Recording {
  const recordings = new Recordings(db, keys);
  const settings = new RecordingSettings(db);
  const collecting = new Collecting({ db, recordings, settings, carrier });
  return {
    recordings,
    collectSoon: (callId) => collecting.soon(callId),
    async recordingOf({ phoneNumber, ageBand }) {
      const { records } = (await settings.policy()).value;
      if (!records || ageBand === 'minor') return null;
      const standing = await consents.standing(phoneNumber, 'recording');
      if (standing === 'refused') return null;
      return standing === 'given' ? 'agreed' : 'ask';
    },
    recorder: (call) => new Recorder({ consents, recordings, carrier, log }, call),
    routes: recordingRoutes({ db, recordings, settings }),
    jobs: collecting.jobs,
    sweeps: collecting.sweeps,
  };
}
