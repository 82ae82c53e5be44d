import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type CallerScript, ScriptedCaller } from '../callers/scripted-caller.ts';
import type { Faults } from '../faults.ts';
import type { Journal } from '../journal.ts';
import { postSigned } from './callbacks.ts';
import { MediaStream } from './media-stream.ts';
import { StatusCallbacks } from './status-callbacks.ts';
import { parseTwiml, type Verb } from './twiml.ts';

/** What POST /Calls.json asked for, or somebody who rings the account's number. */
export interface DialRequest {
  direction: 'outbound-api' | 'inbound';
  /** Inbound: what the caller's carrier says of the number, such as TN-Validation-Passed-A. */
  stirVerstat: string | null;
  to: string;
  from: string;
  url: string;
  statusCallback: string | null;
  statusCallbackEvents: readonly string[];
  amdCallback: string | null;
  /** `DetectMessageEnd` waits for the tone of a machine. */
  machineDetection: string;
  ringTimeoutMs: number;
  timeLimitMs: number;
}

export interface PhoneCallParts {
  accountSid: string;
  authToken: string;
  request: DialRequest;
  script: Promise<CallerScript>;
  faults: Faults;
  journal: Journal;
}

export type CallStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'no-answer'
  | 'canceled'
  | 'failed';

const DIAL_DELAY_MS = 50;

/** A call on Twilio's side, from queued to its final state. */
export class PhoneCall {
  readonly sid = `CA${randomBytes(16).toString('hex')}`;
  readonly createdAt = new Date();
  status: CallStatus = 'queued';
  durationSeconds: number | null = null;
  /** What it cost, as Twilio writes it; null until it is known, minutes after the end. */
  price: string | null = null;
  stream: MediaStream | null = null;
  /** Twilio's error of the media stream, such as 31920. */
  streamError: number | null = null;
  readonly #parts: PhoneCallParts;
  readonly #callbacks: StatusCallbacks;
  #answeredAt: number | null = null;
  #limit: NodeJS.Timeout | null = null;
  /** What a redirect told it to do instead. */
  #next: Verb[] | null = null;
  readonly #over = new AbortController();
  readonly #stopIsLost: boolean;

  constructor(parts: PhoneCallParts) {
    this.#parts = parts;
    this.#callbacks = new StatusCallbacks(parts, this.sid);
    this.#stopIsLost = parts.faults.take('twilio', ['stop-lost']) !== null;
  }

  /** New instructions for a call in progress: what it is doing is broken off. False when they are no TwiML. */
  redirect(twiml: string): boolean {
    try {
      this.#next = parseTwiml(twiml);
    } catch {
      return false; // answered with Twilio's own error
    }
    this.stream?.stop();
    return true;
  }

  get request(): DialRequest {
    return this.#parts.request;
  }

  /** Somebody rings the number: what the server says decides whether they are answered. */
  async runInbound(): Promise<void> {
    try {
      const { authToken, request } = this.#parts;
      const script = await this.#parts.script;
      this.status = 'ringing';
      const stir = request.stirVerstat === null ? {} : { StirVerstat: request.stirVerstat };
      const twiml = await postSigned(authToken, request.url, {
        ...this.#callbacks.fields('ringing'),
        ...stir,
      });
      const verbs = parseTwiml(twiml);
      const [first] = verbs;
      if (first?.verb === 'reject') return this.end(first.reason === 'busy' ? 'busy' : 'no-answer');
      this.#pickUp();
      await this.#playAll(verbs, script);
    } catch (error) {
      this.#fail(error);
    } finally {
      await this.#callbacks.settled();
    }
  }

  /** Lives through the whole call; resolves when it is over. */
  async run(): Promise<void> {
    try {
      const script = await this.#parts.script;
      await wait(DIAL_DELAY_MS);
      if (!this.#moveTo('initiated') || !this.#moveTo('ringing')) return;
      const { ringTimeoutMs } = this.#parts.request;
      const rings = Math.min(script.answerAfterMs ?? Number.POSITIVE_INFINITY, ringTimeoutMs);
      await this.#ring(rings);
      if (this.#isOver()) return;
      if (script.answerAfterMs === null || script.answerAfterMs > ringTimeoutMs) return this.end('no-answer');
      await this.#answer(script);
    } catch (error) {
      this.#fail(error);
    } finally {
      await this.#callbacks.settled();
    }
  }

  #fail(error: unknown): void {
    this.#parts.journal.note('twilio', 'call-failed', {
      sid: this.sid,
      problem: error instanceof Error ? error.message : String(error),
    });
    this.end(this.#answeredAt === null ? 'failed' : 'completed');
  }

  /** TimeLimit of a call that is under way, counted from its answer. */
  limit(timeLimitMs: number): void {
    this.#parts.request.timeLimitMs = timeLimitMs;
    if (this.#answeredAt === null || this.#isOver()) return;
    if (this.#limit !== null) clearTimeout(this.#limit);
    const leftMs = this.#answeredAt + timeLimitMs - performance.now();
    this.#limit = setTimeout(() => this.end('completed'), Math.max(0, leftMs));
  }

  /** Where to report from now on. */
  reportTo(statusCallback: string): void {
    this.#parts.request.statusCallback = statusCallback;
  }

  /** Ends the call if it is not over; a REST hang-up, the caller and Twilio's own limits all come here. */
  end(status: CallStatus): void {
    if (this.#isOver()) return;
    if (this.#limit !== null) clearTimeout(this.#limit);
    if (this.#answeredAt !== null)
      this.durationSeconds = Math.max(1, Math.ceil((performance.now() - this.#answeredAt) / 1_000));
    this.status = status;
    this.#over.abort();
    if (this.#stopIsLost) this.stream?.fallSilent();
    else this.stream?.stop();
    this.#callbacks.announce(status, this.durationSeconds);
  }

  /** Rings for so long, or until the call is over. */
  #ring(ringMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ringMs);
      this.#over.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async #answer(script: CallerScript): Promise<void> {
    this.#pickUp();
    this.#announceAmd(script);
    const { authToken, request } = this.#parts;
    const twiml = await postSigned(authToken, request.url, this.#callbacks.fields('in-progress'));
    await this.#playAll(parseTwiml(twiml), script);
  }

  #pickUp(): void {
    this.#answeredAt = performance.now();
    this.#limit = setTimeout(() => this.end('completed'), this.#parts.request.timeLimitMs);
    this.#moveTo('in-progress');
  }

  async #playAll(first: Verb[], script: CallerScript): Promise<void> {
    let verbs = first;
    for (let verb = verbs.shift(); verb !== undefined && !this.#isOver(); verb = verbs.shift()) {
      await this.#play(verb, script);
      if (this.#next !== null) verbs = this.#next;
      this.#next = null;
    }
    this.end('completed');
  }

  async #play(verb: Verb, script: CallerScript): Promise<void> {
    this.#parts.journal.note('twilio', 'verb', { sid: this.sid, verb: verb.verb });
    switch (verb.verb) {
      case 'stream':
        return this.#connect(verb, script);
      case 'say':
        this.#parts.journal.note('twilio', 'said', { sid: this.sid, text: verb.text });
        return wait(verb.text.length * 60, undefined, { signal: this.#over.signal });
      case 'pause':
        return wait(verb.seconds * 1_000, undefined, { signal: this.#over.signal });
      case 'reject':
        return this.end(verb.reason === 'busy' ? 'busy' : 'canceled');
      case 'hangup':
        return this.end('completed');
      default:
        return verb satisfies never;
    }
  }

  async #connect(verb: Extract<Verb, { verb: 'stream' }>, script: CallerScript): Promise<void> {
    const url = new URL(verb.url);
    const loopback = url.hostname === '127.0.0.1' || url.hostname === 'localhost';
    if (url.search !== '' || (url.protocol !== 'wss:' && !loopback)) {
      this.streamError = 31920;
      this.#parts.journal.note('twilio', 'stream-refused', {
        sid: this.sid,
        reason: 'the stream URL must be wss and have no query string',
      });
      return;
    }
    this.stream = new MediaStream({
      ...this.#parts,
      url: verb.url,
      parameters: verb.parameters,
      callSid: this.sid,
      caller: new ScriptedCaller(script),
      fault: this.#parts.faults.take('twilio', ['drop', 'garbage', 'stall']),
      onCallerHangsUp: () => this.end('completed'),
    });
    this.streamError = await this.stream.ended;
  }

  #announceAmd({ answeredBy, amdAfterMs }: CallerScript): void {
    const { authToken, accountSid, request } = this.#parts;
    const { amdCallback } = request;
    if (amdCallback === null) return;
    setTimeout(() => {
      postSigned(authToken, amdCallback, {
        CallSid: this.sid,
        AccountSid: accountSid,
        AnsweredBy: answeredBy === 'human' ? 'human' : machineVerdict(request.machineDetection),
        MachineDetectionDuration: String(amdAfterMs),
      }).catch((error: Error) =>
        this.#parts.journal.note('twilio', 'callback-failed', { sid: this.sid, problem: error.message }),
      );
    }, amdAfterMs).unref();
  }

  #moveTo(status: CallStatus): boolean {
    if (this.#isOver()) return false;
    this.status = status;
    this.#callbacks.announce(status, null);
    return true;
  }

  /** Once, when the call is over. */
  whenOver(task: () => void): void {
    this.#over.signal.addEventListener('abort', task, { once: true });
  }

  #isOver(): boolean {
    return this.#over.signal.aborted;
  }
}

/** What Twilio says of a machine: at once, or when its greeting and its tone are over. */
function machineVerdict(machineDetection: string): string {
  return machineDetection === 'DetectMessageEnd' ? 'machine_end_beep' : 'machine_start';
}
