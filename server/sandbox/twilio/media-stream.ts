import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import type { ScriptedCaller } from '../callers/scripted-caller.ts';
import { FRAME_BYTES } from '../callers/scripted-caller.ts';
import type { Fault } from '../faults.ts';
import type { Journal } from '../journal.ts';
import { twilioSignature } from './callbacks.ts';
import { PlayBuffer } from './play-buffer.ts';

export interface StreamParts {
  url: string;
  parameters: Record<string, string>;
  accountSid: string;
  authToken: string;
  callSid: string;
  caller: ScriptedCaller;
  journal: Journal;
  fault: Fault | null;
  onCallerHangsUp(): void;
}

const FRAME_MS = 20;
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Twilio's error codes for streams. */
const HANDSHAKE_ERROR = 31920;
const PROTOCOL_ERROR = 31924;
const BINARY_ERROR = 31950;

/** One bidirectional media stream: Twilio is the client, counts time in audio, and plays what it is sent. */
export class MediaStream {
  readonly streamSid = `MZ${randomBytes(16).toString('hex')}`;
  /** Resolves when the stream is over, with Twilio's error code if there was one. */
  readonly ended: Promise<number | null>;
  /** Both sides as they sounded, frame by frame. */
  readonly recording: { caller: Buffer[]; persona: Buffer[] } = { caller: [], persona: [] };

  readonly #parts: StreamParts;
  readonly #socket: WebSocket;
  readonly #buffer = new PlayBuffer();
  #sequence = 0;
  #chunk = 0;
  #startedAt = 0;
  #frames = 0;
  #timer: NodeJS.Timeout | null = null;
  #over = false;
  #silent = false;
  #resolveEnded: (error: number | null) => void = () => undefined;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#socket = new WebSocket(parts.url, {
      headers: {
        'x-twilio-signature': twilioSignature(parts.authToken, parts.url, {}),
        'user-agent': 'Twilio.TmeWs/1.0',
      },
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    this.#socket.on('open', () => this.#onOpen());
    this.#socket.on('message', (data, isBinary) => this.#onMessage(isBinary ? null : data.toString()));
    this.#socket.on('error', (error) =>
      this.#finish(this.#frames === 0 ? HANDSHAKE_ERROR : null, error.message),
    );
    this.#socket.on('close', (code) => this.#finish(null, `closed by the server with code ${code}`));
  }

  /** The call is over: tells the server, then closes. */
  stop(): void {
    if (this.#over) return;
    this.#send({ event: 'stop', stop: { accountSid: this.#parts.accountSid, callSid: this.#parts.callSid } });
    this.#finish(null, 'stopped');
  }

  /** Nothing more comes, and nobody says why: a network that was cut. */
  fallSilent(): void {
    this.#silent = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #onOpen(): void {
    const { accountSid, callSid, parameters } = this.#parts;
    this.#socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    this.#send({
      event: 'start',
      start: {
        streamSid: this.streamSid,
        accountSid,
        callSid,
        tracks: ['inbound'],
        customParameters: parameters,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8_000, channels: 1 },
      },
    });
    const { fault } = this.#parts;
    if (fault?.kind === 'drop') setTimeout(() => this.#socket.terminate(), fault.afterMs);
    if (fault?.kind === 'garbage')
      setTimeout(() => this.#socket.send('{"event":"media","streamSid":"MZ'), fault.afterMs);
    if (fault?.kind === 'stall') return;
    this.#startedAt = performance.now();
    this.#scheduleNextFrame();
  }

  /** Against the clock, not from frame to frame: a late timer is made up for, as a telephone network does. */
  #scheduleNextFrame(): void {
    if (this.#silent) return;
    const due = this.#startedAt + (this.#frames + 1) * FRAME_MS;
    this.#timer = setTimeout(
      () => {
        while (!this.#over && this.#startedAt + (this.#frames + 1) * FRAME_MS <= performance.now())
          this.#tick();
        if (!this.#over) this.#scheduleNextFrame();
      },
      Math.max(0, due - performance.now()),
    );
  }

  #tick(): void {
    this.#frames += 1;
    const { frame, marks } = this.#buffer.play(FRAME_BYTES);
    const said = this.#parts.caller.frame(frame);
    this.recording.persona.push(frame);
    this.recording.caller.push(said);
    this.#chunk += 1;
    this.#send({
      event: 'media',
      media: {
        track: 'inbound',
        chunk: String(this.#chunk),
        timestamp: String(this.#frames * FRAME_MS),
        payload: said.toString('base64'),
      },
    });
    this.#returnMarks(marks);
    if (this.#parts.caller.wantsToHangUp) this.#parts.onCallerHangsUp();
  }

  #onMessage(text: string | null): void {
    if (this.#over) return;
    if (text === null) return this.#fail(BINARY_ERROR, 'a binary message');
    let message: {
      event?: unknown;
      streamSid?: unknown;
      media?: { payload?: unknown };
      mark?: { name?: unknown };
    };
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      return this.#fail(PROTOCOL_ERROR, 'not JSON');
    }
    if (message.streamSid !== this.streamSid) return this.#fail(PROTOCOL_ERROR, 'a foreign streamSid');
    const { payload } = message.media ?? {};
    if (message.event === 'media' && typeof payload === 'string' && isBase64(payload))
      this.#buffer.add(Buffer.from(payload, 'base64'));
    else if (message.event === 'mark' && typeof message.mark?.name === 'string')
      this.#onMark(message.mark.name);
    else if (message.event === 'clear') this.#onClear();
    else this.#fail(PROTOCOL_ERROR, `cannot be used: ${text.slice(0, 80)}`);
  }

  #onMark(name: string): void {
    this.#buffer.mark(name);
    if (this.#buffer.waitingBytes === 0) this.#returnMarks(this.#buffer.clear());
  }

  #onClear(): void {
    this.#parts.journal.note('twilio', 'clear', {
      streamSid: this.streamSid,
      droppedBytes: this.#buffer.waitingBytes,
      frame: this.#frames,
    });
    this.#returnMarks(this.#buffer.clear());
  }

  /** The callee presses a key (Media Streams, "dtmf message"). */
  press(digit: string): void {
    this.#send({ event: 'dtmf', dtmf: { track: 'inbound_track', digit } });
  }

  #returnMarks(names: readonly string[]): void {
    for (const name of names) this.#send({ event: 'mark', mark: { name } });
  }

  #send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#sequence += 1;
    this.#socket.send(
      JSON.stringify({ ...message, sequenceNumber: String(this.#sequence), streamSid: this.streamSid }),
    );
  }

  #fail(code: number, problem: string): void {
    this.#finish(code, problem);
  }

  #finish(error: number | null, problem: string): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#parts.journal.note('twilio', 'stream-ended', {
      streamSid: this.streamSid,
      error,
      problem,
      frames: this.#frames,
    });
    if (this.#socket.readyState === this.#socket.CONNECTING) this.#socket.terminate();
    else this.#socket.close();
    this.#resolveEnded(error);
  }
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}
