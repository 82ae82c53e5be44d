import type { LiveBoard } from '../../call/live-board.ts';
import { openEventStream } from '../event-stream.ts';
import { type Route, route } from '../routes.ts';
import { boardMessageShape } from '../shapes/calls.ts';
import { publicCall } from './calls.ts';

/** What happens in all calls under way. */
export function liveRoutes(board: LiveBoard): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/live/events',
      role: 'user',
      summary: 'Follows all calls under way as they happen; users see their own (server-sent events).',
      answer: {
        status: 200,
        description:
          'Which calls there are, whenever that changes, and what happens in each, from its beginning: after a broken connection, what one has had is known by its id.',
        type: 'text/event-stream',
        schema: boardMessageShape,
      },
      handle: async ({ actor, response }) => {
        const stream = openEventStream(response);
        const stop = board.follow(actor, {
          onCalls: (calls) => stream.send({ type: 'calls', calls: calls.map(publicCall) }),
          onEvent: (callId, { id, event }) => stream.send({ type: 'feed', callId, id, event }),
          onEnd: () => stream.end(),
        });
        response.on('close', stop);
        return undefined;
      },
    }),
  ];
}
