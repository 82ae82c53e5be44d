import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../server/clock.ts';
import type { BoardMessageShape, CallShape } from '../../server/http/shapes/calls.ts';

const TICK_MS = 20;
const SAID = [
  'I want to finish the report today.',
  'Okay, so you want to finish the report today. What is the first small step, and when do you start?',
  'My boss is called Karen, I live in Denver, and I start at three.',
  'Good, at three. I will hold you to that.',
];

/**
 * Stands before a server and tells of many calls at once in its place, at a pace that real calls could not be brought to in a
 * test; all else is the server's own.
 */
export class BusyBoard {
  readonly #server: Server;
  readonly #calls: CallShape[];
  readonly #eventsPerSecond: number;
  #watcher: ServerResponse | null = null;
  #told = 0;

  /** @param eventsPerSecond of each call. */
  constructor(base: string, calls: number, eventsPerSecond: number) {
    this.#calls = Array.from({ length: calls }, (_, i) => call(i));
    this.#eventsPerSecond = eventsPerSecond;
    this.#server = createServer((incoming, response) => {
      if (incoming.url === '/api/live/events') return this.#open(response);
      const { hostname, port } = new URL(base);
      const onwards = request(
        { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onwards.on('error', () => response.destroy());
      incoming.pipe(onwards);
    });
  }

  /** How many events were told. */
  get told(): number {
    return this.#told;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#watcher?.end();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #open(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.#watcher = response;
    this.#tell({ type: 'calls', calls: this.#calls });
    const beganMs = systemClock.nowMs();
    const sent = { events: 0 };
    const tick = () => {
      if (response.closed) return;
      const due = ((systemClock.nowMs() - beganMs) / 1_000) * this.#eventsPerSecond * this.#calls.length;
      for (; sent.events < due; sent.events++) this.#tell(this.#event(sent.events));
      systemClock.after(TICK_MS, tick);
    };
    tick();
  }

  #event(number: number): BoardMessageShape {
    const [callIndex, seq] = [number % this.#calls.length, Math.floor(number / this.#calls.length)];
    const { id: callId = '' } = this.#calls[callIndex] ?? {};
    const id = `1-${seq + 1}`;
    if (seq % 5 === 4) return { type: 'feed', callId, id, event: { type: 'tool', name: 'recall' } };
    const at = seq * 200;
    return {
      type: 'feed',
      callId,
      id,
      event: {
        type: 'turn',
        totalCents: seq,
        turn: {
          seq,
          speaker: seq % 2 === 0 ? 'caller' : 'persona',
          text: SAID[seq % SAID.length] ?? '',
          interrupted: false,
          atMs: at,
          timings:
            seq % 2 === 0
              ? null
              : {
                  lastVoicedAt: at,
                  endOfTurnAt: at + 120,
                  committedAt: at + 121,
                  askedAt: at + 122,
                  firstTokenAt: at + 250,
                  firstTextAt: at + 260,
                  firstAudioAt: at + 400,
                  wastedDrafts: 0,
                },
        },
      },
    };
  }

  #tell(message: BoardMessageShape): void {
    this.#told += 1;
    this.#watcher?.write(`data: ${JSON.stringify(message)}\n\n`);
  }
}

function call(number: number): CallShape {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return {
    id,
    userId: id,
    displayName: `Caller ${number}`,
    persona: 'brad',
    direction: 'outbound',
    toNumber: `+1555${String(number).padStart(4, '0')}`,
    fromNumber: '+15550199',
    state: 'live',
    funding: 'sponsored',
    capCents: 500,
    warnAtCents: 400,
    totalCostCents: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    answeredAt: '2026-01-01T00:00:05.000Z',
    endedAt: null,
    endReason: null,
  };
}
