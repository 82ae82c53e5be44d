import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { RingbackError } from '../../errors.ts';
import { eraseRecordings } from '../../recording/erasing.ts';
import { type RecordingPolicy, recordingPolicySchema } from '../../recording/policy.ts';
import type { Recordings } from '../../recording/recordings.ts';
import type { RecordingSettings } from '../../recording/settings.ts';
import { present, type Route, route } from '../routes.ts';
import { recordingShape } from '../shapes/calls.ts';
import { recordingPolicyShape } from '../shapes/dialing.ts';
import { versionShape } from '../shapes/version.ts';
import { withVersion } from './versioned.ts';

export interface RecordingRoutesParts {
  db: Database;
  recordings: Recordings;
  settings: RecordingSettings;
}

const callParams = z.object({ id: z.uuid() });

/** Recordings of calls, for those who were recorded and for the house; and whether calls are recorded. */
export function recordingRoutes({ db, recordings, settings }: RecordingRoutesParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/settings/recording',
      role: 'admin',
      summary: 'Whether callees are asked if their calls may be recorded, and how long recordings are kept.',
      answer: { status: 200, description: 'With the number of the version.', schema: recordingPolicyShape },
      handle: async () => withVersion(await settings.policy()),
    }),
    route({
      method: 'patch',
      path: '/api/settings/recording',
      role: 'admin',
      summary: 'Changes that; it holds for calls that are prepared from now on.',
      body: recordingPolicySchema.partial().extend({ version: versionShape }),
      answer: { status: 200, description: 'As it is now.', schema: recordingPolicyShape },
      handle: async ({ body: { version, ...change } }) =>
        withVersion(await settings.change(present(change) as Partial<RecordingPolicy>, version)),
    }),
    route({
      method: 'get',
      path: '/api/calls/:id/recording',
      role: 'user',
      summary: 'Whether a call was recorded, how long, and until when that is kept.',
      params: callParams,
      answer: {
        status: 200,
        description: 'Its state: asked, stored, absent or erased.',
        schema: recordingShape,
      },
      handle: async ({ actor, params }) => {
        const row = (await recordings.find(actor, params.id)) ?? noRecording(params.id);
        const { id, callId, state, beganAt, seconds, byteCount, storedAt, keptUntil } = row;
        return { id, callId, state, beganAt, seconds, byteCount, storedAt, keptUntil };
      },
    }),
    route({
      method: 'get',
      path: '/api/calls/:id/recording.wav',
      role: 'user',
      summary: 'The sound of a recorded call: the callee in the left channel, the persona in the right.',
      params: callParams,
      answer: { status: 200, description: 'A WAV file.', type: 'audio/wav' },
      handle: async ({ actor, params, response }) => {
        const sound = (await recordings.sound(actor, params.id)) ?? noRecording(params.id);
        response.writeHead(200, {
          'content-type': 'audio/wav',
          'content-length': sound.byteCount,
          'cache-control': 'private, no-store',
        });
        await pipeline(sound.pieces(), response);
        return undefined;
      },
    }),
    route({
      method: 'delete',
      path: '/api/calls/:id/recording',
      role: 'user',
      summary: 'Deletes the recording of a call before its time, the carrier’s copy included.',
      params: callParams,
      answer: { status: 200, description: 'It is gone; the carrier’s copy follows when the call is over.' },
      handle: async ({ actor, params }) => {
        if ((await recordings.find(actor, params.id)) === undefined) noRecording(params.id);
        await db.as(actor, (tx) => eraseRecordings(tx, [params.id]));
        return { callId: params.id, state: 'erased' };
      },
    }),
  ];
}

function noRecording(callId: string): never {
  throw new RingbackError('recording_unknown', 'There is no recording of this call.', {
    callId,
    remedy:
      'Calls are recorded only where an admin has switched that on and the callee agreed; some are deleted by now.',
  });
}
