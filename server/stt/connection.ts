import type { SttCall } from '../call/ports.ts';
import type { Usage } from '../cost/usage.ts';

/** One connection to one speech-to-text vendor. It may be lost at any time; keeping a call's hearing whole is not its business. */
export interface SttConnection {
  /** Never throws; only called after `onOpen`. */
  send(frame: Buffer): void;
  close(): void;
  /** The vendor's own name for the connection, once it has told one. */
  readonly reference: string | null;
}

export interface SttConnectionHandlers {
  onOpen(): void;
  /** Anything at all came from the vendor: it is alive. */
  onAlive(): void;
  onTurn(event: TurnEvent): void;
  /** Called once; nothing is called after it. */
  onLost(problem: string): void;
}

export interface TurnEvent {
  kind: 'text' | 'eager-end' | 'resumed' | 'end';
  /** Counts from 0 on each connection. */
  turn: number;
  /** All that was recognised of the turn so far. */
  text: string;
  /** How far into the connection's audio the vendor had listened, in milliseconds; null when it does not say. */
  heardMs: number | null;
}

export interface SttVendor {
  readonly name: Usage['vendor'] & ('deepgram' | 'cartesia');
  /** A vendor that sends something this often while it is sent audio; longer silence means that it is gone. */
  readonly silentAtMostMs: number | null;
  connect(call: SttCall, handlers: SttConnectionHandlers): SttConnection;
}
