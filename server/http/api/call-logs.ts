import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { Actor } from '../../../db/connection.ts';
import type { Entry } from '../../call/conversation/types.ts';
import type { LogChunk } from '../../call/event-log.ts';
import type { CallRecords } from '../../call/records.ts';
import { formatEventLog, replayByChunks } from '../../call/replay.ts';
import type { CallStore } from '../../call/store.ts';
import { RingbackError } from '../../errors.ts';
import { type Route, route } from '../routes.ts';
import { type ReplayShape, replayShape } from '../shapes/calls.ts';

const callParams = z.object({ id: z.uuid() });

/** The event logs of calls, and what they give when they are folded again. */
export function callLogRoutes({ store, records }: { store: CallStore; records: CallRecords }): Route[] {
  const logOf = async (actor: Actor, callId: string) => {
    if ((await store.find(actor, callId)) === undefined)
      throw new RingbackError('call_unknown', 'There is no such call.', { remedy: 'Check the id.' });
    return records.eventLog(actor, callId);
  };
  return [
    route({
      method: 'get',
      path: '/api/calls/:id/event-log',
      role: 'admin',
      summary: 'The event log of a call, for replay.',
      params: callParams,
      answer: { status: 200, description: 'One JSON object a line.', type: 'application/x-ndjson' },
      handle: async ({ actor, params: { id }, response }) => {
        response.type('application/x-ndjson').send(formatEventLog(id, await logOf(actor, id)));
        return undefined;
      },
    }),
    route({
      method: 'get',
      path: '/api/calls/:id/replay',
      role: 'admin',
      summary: 'Folds a call through the conversation core again, from its event log.',
      params: callParams,
      answer: {
        status: 200,
        description: 'What was said and done, and whether it is what it was then.',
        schema: replayShape,
      },
      handle: async ({ actor, params: { id } }) => replayed(await logOf(actor, id)),
    }),
  ];
}

/** Live calls have their turn between any two chunks. */
async function replayed(chunks: readonly LogChunk[]): Promise<ReplayShape> {
  const replaying = replayByChunks(chunks);
  for (;;) {
    const { done, value } = replaying.next();
    if (done === true) {
      const { entries, effects, identical, endReason } = value;
      const said = entries.map(({ atMs, entry }) => ({ atMs, kind: entry.kind, text: textOf(entry) }));
      return { entries: said, effects: effects.length, identical, endReason };
    }
    await setImmediate();
  }
}

function textOf(entry: Entry): string {
  if (entry.kind === 'tool-call') return entry.tool.name;
  return entry.kind === 'tool-result' ? entry.result : entry.text;
}
