import type { WebSocket } from 'ws';
import type { Calls } from '../call/lifecycle.ts';
import type { LiveCall } from '../call/live-call.ts';
import type { PhoneLine } from '../call/ports.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type MediaMessage, parseMediaMessage } from './media-messages.ts';

/** A socket that has not said `start` by then is closed. */
const START_DEADLINE_MS = 10_000;
/** 5 s of audio: what may arrive while the stream's token is checked. */
const MAX_EARLY_FRAMES = 250;
const POLICY_VIOLATION = 1008;

export interface MediaSocketParts {
  calls: Calls;
  clock: Clock;
  log: Logger;
  /** The stream of a call was accepted. */
  onOpened?(carrierSid: string): void;
}

/** Where a media socket stands. */
type Phase =
  | { now: 'connected' }
  | { now: 'opening'; streamSid: string; early: MediaMessage[] }
  | { now: 'live'; streamSid: string; call: LiveCall }
  /** Broke the protocol in mid-call: nothing it says counts any more, but the line is still being hung up. */
  | { now: 'refused'; call: LiveCall }
  | { now: 'over' };

/** Serves one Twilio Media Streams connection, from `connected` to `stop`. */
export function serveMediaSocket(socket: WebSocket, parts: MediaSocketParts): void {
  new MediaSocket(socket, parts).listen();
}

class MediaSocket {
  readonly #socket: WebSocket;
  readonly #parts: MediaSocketParts;
  #phase: Phase = { now: 'connected' };
  #cancelDeadline: CancelTimer = () => undefined;

  constructor(socket: WebSocket, parts: MediaSocketParts) {
    this.#socket = socket;
    this.#parts = parts;
  }

  /** Attaches every listener at once: a message that arrives before them is lost. */
  listen(): void {
    this.#socket.on('message', (data, isBinary) => this.#onMessage(isBinary ? null : data.toString()));
    this.#socket.on('close', () => this.#onGone());
    this.#socket.on('error', (error) =>
      this.#parts.log.warn({ problem: describeError(error) }, 'media socket error'),
    );
    this.#cancelDeadline = this.#parts.clock.after(START_DEADLINE_MS, () =>
      this.#refuse('no start message came'),
    );
  }

  #onMessage(text: string | null): void {
    if (this.#phase.now === 'over' || this.#phase.now === 'refused') return;
    try {
      if (text === null) throw new Error('a binary message; Media Streams are text');
      this.#onEvent(parseMediaMessage(text));
    } catch (error) {
      this.#refuse(describeError(error).message);
    }
  }

  #onEvent(message: MediaMessage): void {
    const phase = this.#phase;
    if (message.event === 'connected') return;
    if (message.event === 'start') {
      if (phase.now !== 'connected') throw new Error('a second start message on one stream');
      void this.#open(message);
      return;
    }
    if (phase.now === 'connected') throw new Error(`${message.event} before start`);
    if (phase.now === 'over' || phase.now === 'refused') return;
    if (message.streamSid !== phase.streamSid)
      throw new Error('a message with the streamSid of another stream');
    if (phase.now === 'opening') {
      if (phase.early.length >= MAX_EARLY_FRAMES)
        throw new Error('too many messages before the stream was accepted');
      phase.early.push(message);
    } else this.#deliver(phase.call, message);
  }

  #deliver(call: LiveCall, message: MediaMessage): void {
    if (message.event === 'media') call.session.onFrame(message.audio);
    else if (message.event === 'mark') call.session.onMark(message.name);
    else if (message.event === 'dtmf') call.onDigit(message.digit);
    else if (message.event === 'stop') this.#onGone();
  }

  async #open(start: Extract<MediaMessage, { event: 'start' }>): Promise<void> {
    this.#cancelDeadline();
    const opening: Phase = { now: 'opening', streamSid: start.streamSid, early: [] };
    this.#phase = opening;
    try {
      const { callId = '', token = '' } = start.parameters;
      const stream = { callId, token, carrierSid: start.callSid, streamSid: start.streamSid };
      const call = await this.#parts.calls.openStream(stream, this.#line(start.streamSid));
      if (this.#phase !== opening) {
        call.session.onStopped(); // the socket closed while the token was checked
        return;
      }
      this.#phase = { now: 'live', streamSid: start.streamSid, call };
      this.#parts.onOpened?.(start.callSid);
      for (const message of opening.early) this.#deliver(call, message);
    } catch (error) {
      this.#refuse(describeError(error).message);
    }
  }

  #line(streamSid: string): PhoneLine {
    const head = `{"event":"media","streamSid":${JSON.stringify(streamSid)},"media":{"payload":"`;
    const send = (text: string) => {
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
    };
    return {
      sendMedia: (payload) => send(`${head}${payload}"}}`), // base64 needs no escaping
      sendMark: (name) => send(JSON.stringify({ event: 'mark', streamSid, mark: { name } })),
      clear: () => send(JSON.stringify({ event: 'clear', streamSid })),
      close: () => this.#close(1000, 'the call is over'),
    };
  }

  /** Breaks off a stream that does not keep to the protocol; its call, if there is one, is hung up cleanly. */
  #refuse(problem: string): void {
    const phase = this.#phase;
    const callId = phase.now === 'live' ? phase.call.callId : undefined;
    this.#parts.log.warn({ callId, problem }, 'media stream refused');
    if (phase.now === 'live') {
      this.#phase = { now: 'refused', call: phase.call };
      phase.call.session.stop('line-protocol-error');
      void phase.call.session.ended.then(() => this.#close(POLICY_VIOLATION, problem));
    } else this.#close(POLICY_VIOLATION, problem);
  }

  #close(code: number, reason: string): void {
    this.#cancelDeadline();
    if (this.#phase.now === 'connected' || this.#phase.now === 'opening') this.#phase = { now: 'over' };
    this.#socket.close(code, Buffer.from(reason).subarray(0, 120).toString());
  }

  #onGone(): void {
    this.#cancelDeadline();
    const phase = this.#phase;
    this.#phase = { now: 'over' };
    if (phase.now === 'live' || phase.now === 'refused') phase.call.session.onStopped();
  }
}
