import { WebSocket } from 'ws';

/** One caller of a load run: speaks in turns over a media socket, plays what it is sent, and takes the times. */

const FRAME_MS = 20;
const FRAME_BYTES = 160;
const BYTES_PER_MS = 8;
const UTTERANCE_MS = 1_000;
const BARGE_AFTER_MS = 400;
const BARGE_MS = 500;
/** Every so many turns the caller interrupts the answer. */
const BARGE_EVERY = 3;
const PAUSE_AFTER_REPLY_MS = 400;
/** Nothing came for this long after the turn: it is missed, and the caller says the next one. */
const MISSED_AFTER_MS = 6_000;
/** Media that comes this soon after the line ran dry belongs to the same answer: the callee heard a gap. */
const GAP_AT_MOST_MS = 300;

const silence = Buffer.alloc(FRAME_BYTES, 0xff).toString('base64');
const tone = Buffer.from(Array.from({ length: FRAME_BYTES }, (_, i) => (i % 16 < 8 ? 0x2f : 0xaf))).toString(
  'base64',
);

export interface LineFigures {
  /** From the last voiced frame to the first frame of the answer. */
  turnMs: number[];
  /** From the first voiced frame of an interruption to `clear`. */
  bargeMs: number[];
  /** From `start` to the first audio of the opening, where the other side speaks first. */
  openingMs: number | null;
  /** The first turn of the call, also when it came before the measuring. */
  firstTurnMs: number | null;
  missedTurns: number;
  underruns: number;
  foreignSids: number;
  sentFrames: number;
}

type Doing =
  | { now: 'waiting'; sinceMs: number }
  | { now: 'speaking'; until: number; barge: boolean }
  | { now: 'listening'; voicedAt: number; measured: boolean };

export class LoadLine {
  readonly figures: LineFigures = {
    turnMs: [],
    bargeMs: [],
    openingMs: null,
    firstTurnMs: null,
    missedTurns: 0,
    underruns: 0,
    foreignSids: 0,
    sentFrames: 0,
  };
  readonly #socket: WebSocket;
  readonly #streamSid: string;
  readonly #head: string;
  #open = false;
  #measuring = false;
  #startedAt = 0;
  #turns = 0;
  #doing: Doing = { now: 'waiting', sinceMs: 0 };
  #bargeFrom: number | null = null;
  #replyFrom: number | null = null;
  /** When what was sent will have been played. */
  #playEnd = 0;
  #marks: Array<{ name: string; at: number }> = [];
  onClosed: () => void = () => undefined;

  constructor(options: {
    url: string;
    headers: Record<string, string>;
    streamSid: string;
    callSid: string;
    accountSid: string;
    parameters: Record<string, string>;
  }) {
    this.#streamSid = options.streamSid;
    this.#head = `{"event":"media","streamSid":"${options.streamSid}","sequenceNumber":"1","media":{"track":"inbound","chunk":"1","timestamp":"0","payload":"`;
    this.#socket = new WebSocket(options.url, { headers: options.headers, perMessageDeflate: false });
    this.#socket.on('open', () => {
      this.#socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
      const { streamSid, accountSid, callSid, parameters } = options;
      const start = {
        streamSid,
        accountSid,
        callSid,
        tracks: ['inbound'],
        customParameters: parameters,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8_000, channels: 1 },
      };
      this.#socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid, start }));
      this.#startedAt = performance.now();
      this.#playEnd = this.#startedAt;
      this.#doing = { now: 'waiting', sinceMs: this.#startedAt };
      this.#open = true;
    });
    this.#socket.on('message', (data) => this.#onMessage(data.toString()));
    this.#socket.on('close', () => {
      this.#open = false;
      this.onClosed();
    });
    this.#socket.on('error', () => undefined); // told by 'close'
  }

  measureFromNow(): void {
    this.#measuring = true;
  }

  /** The next 20 ms. */
  tick(): void {
    if (!this.#open) return;
    const now = performance.now();
    this.#playMarks(now);
    this.#decide(now);
    const voiced = this.#doing.now === 'speaking';
    this.#socket.send(`${this.#head}${voiced ? tone : silence}"}}`);
    this.figures.sentFrames += 1;
    if (this.#doing.now === 'speaking' && now + FRAME_MS > this.#doing.until)
      this.#doing = { now: 'listening', voicedAt: now, measured: this.#measuring };
  }

  hangUp(): void {
    if (this.#open) {
      this.#socket.send(`{"event":"stop","sequenceNumber":"2","streamSid":"${this.#streamSid}","stop":{}}`);
      this.#socket.close();
    } else this.#socket.terminate();
    this.#open = false;
  }

  #decide(now: number): void {
    const doing = this.#doing;
    if (doing.now === 'waiting') {
      // Whoever is called waits for the opening; where there is none, the caller begins.
      const quietSince = Math.max(this.#playEnd, doing.sinceMs);
      const waitMs = this.#replyFrom === null && this.#turns === 0 ? 2_500 : PAUSE_AFTER_REPLY_MS;
      if (now - quietSince >= waitMs) this.#speak(now, UTTERANCE_MS, false);
      return;
    }
    if (doing.now !== 'listening') return;
    if (this.#replyFrom === null) {
      if (now - doing.voicedAt < MISSED_AFTER_MS) return;
      if (doing.measured) this.figures.missedTurns += 1;
      this.#speak(now, UTTERANCE_MS, false);
    } else if (
      this.#turns % BARGE_EVERY === 0 &&
      now - this.#replyFrom >= BARGE_AFTER_MS &&
      this.#playEnd > now + 1_100
    )
      this.#speak(now, BARGE_MS, true);
    else if (now - this.#playEnd >= PAUSE_AFTER_REPLY_MS) this.#speak(now, UTTERANCE_MS, false);
  }

  #speak(now: number, lengthMs: number, barge: boolean): void {
    this.#turns += 1;
    if (barge && this.#measuring) this.#bargeFrom = now;
    this.#replyFrom = null;
    this.#doing = { now: 'speaking', until: now + lengthMs, barge };
  }

  #onMessage(text: string): void {
    const now = performance.now();
    if (!text.includes(this.#streamSid)) this.figures.foreignSids += 1;
    if (text.startsWith('{"event":"media"')) {
      const payload = text.indexOf('"payload":"') + 11;
      this.#onMedia(now, ((text.indexOf('"', payload) - payload) / 4) * 3);
    } else if (text.startsWith('{"event":"clear"')) this.#onClear(now);
    else {
      const message = JSON.parse(text) as { event: string; mark?: { name: string } };
      if (message.event === 'mark' && message.mark !== undefined)
        this.#marks.push({ name: message.mark.name, at: Math.max(now, this.#playEnd) });
    }
  }

  #onMedia(now: number, bytes: number): void {
    if (this.#playEnd < now) {
      const gapMs = now - this.#playEnd;
      if (this.#replyFrom !== null && gapMs < GAP_AT_MOST_MS) this.figures.underruns += 1;
      this.#playEnd = now;
    }
    this.#playEnd += bytes / BYTES_PER_MS;
    if (this.#turns === 0) this.figures.openingMs ??= now - this.#startedAt;
    if (this.#doing.now !== 'listening') return;
    if (this.#replyFrom === null) {
      this.figures.firstTurnMs ??= now - this.#doing.voicedAt;
      if (this.#doing.measured) this.figures.turnMs.push(now - this.#doing.voicedAt);
    }
    this.#replyFrom ??= now;
  }

  #onClear(now: number): void {
    if (this.#bargeFrom !== null) this.figures.bargeMs.push(now - this.#bargeFrom);
    this.#bargeFrom = null;
    this.#playEnd = now;
    for (const mark of this.#marks) this.#echo(mark.name);
    this.#marks = [];
  }

  #playMarks(now: number): void {
    while (this.#marks[0] !== undefined && this.#marks[0].at <= now)
      this.#echo(this.#marks.shift()?.name ?? '');
  }

  #echo(name: string): void {
    this.#socket.send(
      `{"event":"mark","sequenceNumber":"1","streamSid":"${this.#streamSid}","mark":{"name":${JSON.stringify(name)}}}`,
    );
  }
}
