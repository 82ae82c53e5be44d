import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Carrier } from '../call/ports.ts';
import type { Clock } from '../clock.ts';

/** Marks calls that no carrier knows: a browser speaks the carrier's protocol for them. */
const PREFIX = 'DP';
const NORMAL_CLOSURE = 1000;

interface Line {
  socket: WebSocket;
  openedAtMs: number;
  closedAtMs: number | null;
}

/** A name for a call from a browser, as a carrier would give one. */
export function newLineSid(): string {
  return `${PREFIX}${randomBytes(16).toString('hex')}`;
}

export function isLineSid(carrierSid: string): boolean {
  return carrierSid.startsWith(PREFIX);
}

/** How long a line that is closed is remembered, for whoever asks what it bills. */
const KEPT_MS = 60_000;

/** The lines of browsers that speak to this process, in the carrier's place. */
export class BrowserLines {
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A stream has named its call. @param onClosed what the carrier would bill, when the line is closed. */
  opened(carrierSid: string, socket: WebSocket, onClosed: (seconds: number) => void): void {
    const line: Line = { socket, openedAtMs: this.#clock.nowMs(), closedAtMs: null };
    this.#forgetOld();
    this.#lines.set(carrierSid, line);
    socket.once('close', () => {
      line.closedAtMs = this.#clock.nowMs();
      onClosed(secondsOf(line.openedAtMs, line.closedAtMs));
    });
  }

  /** The carrier as it is, for all calls but those of browsers. */
  beside(carrier: Carrier): Carrier {
    return {
      fromNumber: carrier.fromNumber,
      dial: (request) => carrier.dial(request),
      callsTo: (number, since) => carrier.callsTo(number, since),
      hangUp: async (carrierSid, say) => {
        if (!isLineSid(carrierSid)) return carrier.hangUp(carrierSid, say);
        this.#lines.get(carrierSid)?.socket.close(NORMAL_CLOSURE, 'the call is over');
      },
      // Our own limit ends the call before that; a browser that is closed closes its socket.
      limit: async (carrierSid, callId, timeLimitSeconds) => {
        if (!isLineSid(carrierSid)) await carrier.limit(carrierSid, callId, timeLimitSeconds);
      },
      look: async (carrierSid) =>
        isLineSid(carrierSid) ? this.#look(this.#lines.get(carrierSid)) : carrier.look(carrierSid),
    };
  }

  /** A line that this process does not know is over: it was another's, or that of one that is gone. It costs nothing. */
  #look(line: Line | undefined) {
    const closedAtMs = line?.closedAtMs ?? null;
    return {
      isOver: line === undefined || closedAtMs !== null,
      durationSeconds:
        line === undefined || closedAtMs === null ? null : secondsOf(line.openedAtMs, closedAtMs),
      priceMicroCents: 0n,
    };
  }

  #forgetOld(): void {
    for (const [sid, { closedAtMs }] of this.#lines)
      if (closedAtMs !== null && closedAtMs < this.#clock.nowMs() - KEPT_MS) this.#lines.delete(sid);
  }
}

function secondsOf(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) / 1_000);
}
