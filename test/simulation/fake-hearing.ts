import type {
  SttConnection,
  SttConnectionHandlers,
  SttVendor,
  TurnEvent,
} from '../../server/stt/connection.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Draws } from './draws.ts';
import { faultAt, type Move, type Scenario } from './scenario.ts';

const OPEN_MS = 60;
const CONNECT_TIMEOUT_MS = 3_000;
/** From a word's end to its transcript; from the last word to the eager and to the final end of the turn. */
const LAG_MS = 280;
const EAGER_MS = 330;
const END_MS = 470;
const CATCH_UP_MS = 350;
const LATE_MS = 4_000;

/** A stretch of speech that speech-to-text takes for one turn. */
interface Segment {
  words: string[];
  /** How many of them have been said. */
  said: number;
  /** How many belong to the stretch before, whose end was missed. */
  runOn: number;
  over: boolean;
  stt: Move['stt'];
  /** The vendor has declared its end. */
  ended: boolean;
  /** Somebody said it; an echo nobody did. */
  human: boolean;
}

/** Recognition as event times: what the caller says comes out as the turns of speech-to-text, connection by connection. */
export class FakeHearing implements SttVendor {
  readonly name = 'deepgram';
  readonly silentAtMostMs = null;
  readonly #clock: VirtualClock;
  readonly #draws: Draws;
  readonly #scenario: Scenario;
  #connections = 0;
  #current: { handlers: SttConnectionHandlers; turn: number; open: boolean; lost: boolean } | null = null;
  #segments: Segment[] = [];
  open = 0;
  /** A turn was declared over for the first time. */
  onEnd: (text: string) => void = () => undefined;

  constructor(clock: VirtualClock, draws: Draws, scenario: Scenario) {
    this.#clock = clock;
    this.#draws = draws;
    this.#scenario = scenario;
  }

  connect(_call: unknown, handlers: SttConnectionHandlers): SttConnection {
    const index = this.#connections++;
    const connection = { handlers, turn: 0, open: false, lost: false };
    this.#current = connection;
    this.open += 1;
    const fault = faultAt(this.#scenario, 'hearing', index);
    const lose = (problem: string) => {
      if (connection.lost) return;
      connection.lost = true;
      connection.open = false;
      handlers.onLost(problem);
    };
    if (fault === 'dead') this.#clock.after(CONNECT_TIMEOUT_MS, () => lose('no answer'));
    else
      this.#clock.after(OPEN_MS, () => {
        if (connection.lost) return;
        connection.open = true;
        handlers.onOpen();
        this.#catchUp();
      });
    if (fault === 'drop')
      this.#clock.after(this.#draws.int('drop', index, 1_500, 20_000), () => lose('dropped'));
    let closed = false;
    return {
      reference: `connection-${index}`,
      send: () => undefined,
      close: () => {
        if (!closed) this.open -= 1;
        closed = true;
        connection.lost = true;
      },
    };
  }

  /** The caller begins a stretch of speech; returns what tells of its words and of its end. */
  begin(stt: Move['stt'], human: boolean): { word(text: string): void; end(): void } {
    const segment: Segment = { words: [], said: 0, runOn: 0, over: false, stt, ended: false, human };
    this.#segments.push(segment);
    return {
      word: (text) => {
        segment.words.push(text);
        this.#clock.after(LAG_MS, () => {
          segment.said += 1;
          if (stt !== 'no-partials') this.#tell('text', segment);
        });
      },
      end: () => {
        segment.over = true;
        if (stt === 'no-end') return;
        this.#clock.after(EAGER_MS, () => this.#tell('eager-end', segment));
        this.#clock.after(END_MS + (stt === 'late-end' ? LATE_MS : 0), () => this.#end(segment));
      },
    };
  }

  #end(segment: Segment): void {
    if (segment.ended || !this.#isFirst(segment)) return;
    if (segment.stt === 'changed-end') segment.words[segment.words.length - 1] = 'changed';
    const connection = this.#current;
    if (connection === null || !connection.open) return; // told when there is a connection again
    segment.ended = true;
    this.#segments.shift();
    const event = this.#event('end', segment);
    if (segment.human) this.onEnd(segment.words.slice(segment.runOn).join(' '));
    connection.handlers.onTurn(event);
    connection.turn += 1;
    if (segment.stt === 'doubled-end')
      this.#clock.after(30, () => connection.open && connection.handlers.onTurn(event));
    this.#catchUp();
  }

  #tell(kind: TurnEvent['kind'], segment: Segment): void {
    if (segment.ended || !this.#isFirst(segment) || this.#current?.open !== true) return;
    this.#current.handlers.onTurn(this.#event(kind, segment));
  }

  /** A turn whose end was lost with its connection, or waits behind another, comes out now. */
  #catchUp(): void {
    const [first] = this.#segments;
    if (first === undefined) return;
    this.#clock.after(CATCH_UP_MS, () => {
      if (first.ended || this.#segments[0] !== first) return;
      this.#tell('text', first);
      if (first.over && first.stt !== 'no-end') this.#end(first);
      else if (first.over && this.#segments.length > 1) {
        this.#runOn();
        this.#catchUp();
      }
    });
  }

  #isFirst(segment: Segment): boolean {
    while (this.#segments[0] !== segment && this.#segments[0]?.stt === 'no-end' && this.#segments[0].over)
      this.#runOn();
    return this.#segments[0] === segment;
  }

  /** A turn whose end was missed goes on with the next words. */
  #runOn(): void {
    const first = this.#segments.shift();
    const next = this.#segments[0];
    if (first === undefined || next === undefined) return;
    next.words.unshift(...first.words);
    next.said += first.words.length;
    next.runOn += first.words.length;
  }

  #event(kind: TurnEvent['kind'], segment: Segment): TurnEvent {
    const words = kind === 'text' ? segment.words.slice(0, segment.said) : segment.words;
    return { kind, turn: this.#current?.turn ?? 0, text: words.join(' '), heardMs: null };
  }
}
