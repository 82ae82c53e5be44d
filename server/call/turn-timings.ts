import type { Effect, Entry, Event, RequestId, UtteranceId } from './conversation/types.ts';

/** When things happened in one turn, in milliseconds since the call began, all on one monotonic clock. */
export interface TurnTimings {
  /** The caller's last voiced frame came in; null when nothing voiced was noticed. */
  lastVoicedAt: number | null;
  /** Speech-to-text declared the caller's turn over. */
  endOfTurnAt: number;
  /** The turn was taken as over: at once, or after a pause for somebody who seemed to go on. */
  committedAt: number;
  /** The model was asked; before the end of the turn when the reply was drafted ahead. */
  askedAt: number;
  /** First text from the model. */
  firstTokenAt: number | null;
  /** First text handed to text-to-speech. */
  firstTextAt: number | null;
  /** First audio of the answer left for the line. */
  firstAudioAt: number | null;
  /** Replies drafted for this turn and thrown away; each was paid for. */
  wastedDrafts: number;
}

/** When each turn was begun, by caller and persona. */
interface Beginnings {
  caller: Map<number, number>;
  persona: Map<UtteranceId, number>;
}

interface Asked {
  at: number;
  firstTokenAt: number | null;
}

/** A second fold over the same events: it watches the conversation and never takes part in it. */
export class TurnTimingsFold {
  readonly #asked = new Map<RequestId, Asked>();
  readonly #byUtterance = new Map<UtteranceId, TurnTimings>();
  readonly #began: Beginnings = { caller: new Map(), persona: new Map() };
  #end: { lastVoicedAt: number | null; endOfTurnAt: number } | null = null;
  #draft: RequestId | null = null;
  #wastedDrafts = 0;
  /** The turn that is being answered, by which request, until its first text is spoken. */
  #answering: { req: RequestId; timings: TurnTimings } | null = null;

  add(event: Event, effects: readonly Effect[]): void {
    this.#note(event);
    for (const effect of effects) this.#follow(effect, event.at);
    const committed = effects.some(
      (effect) => effect.type === 'record' && effect.entry.kind === 'caller' && !effect.entry.aside,
    );
    if (committed) this.#onCommit(event.at, effects);
  }

  /** Timings of the answer that an utterance is, or null for one that answers nobody. */
  of(utt: UtteranceId): TurnTimings | null {
    return this.#byUtterance.get(utt) ?? null;
  }

  /** When the line of the transcript began; null when only its end is known. */
  beganAt(entry: Extract<Entry, { kind: 'caller' | 'persona' }>): number | null {
    return (
      (entry.kind === 'caller' ? this.#began.caller.get(entry.turn) : this.#began.persona.get(entry.utt)) ??
      null
    );
  }

  #note(event: Event): void {
    if (event.type === 'stt.partial' && !this.#began.caller.has(event.turn))
      this.#began.caller.set(event.turn, event.at);
    if (event.type === 'stt.end') this.#end = { lastVoicedAt: event.voicedAt, endOfTurnAt: event.at };
    if (event.type === 'llm.text') this.#onText(event.req, event.at);
    if (event.type === 'play.started') this.#onAudio(event.utt, event.at);
  }

  #follow(effect: Effect, at: number): void {
    if (effect.type === 'llm.start') this.#onStart(effect, at);
    if (effect.type === 'llm.cancel' && effect.req === this.#draft) {
      this.#draft = null;
      this.#wastedDrafts += 1;
    }
    if (effect.type === 'tts.say') this.#onSay(effect.utt, at);
  }

  #onStart(effect: Extract<Effect, { type: 'llm.start' }>, at: number): void {
    this.#asked.set(effect.req, { at, firstTokenAt: null });
    if (effect.draftOf !== null) this.#draft = effect.req;
    // Asked again in the same turn, with a tool's result: the wait for it goes on.
    else if (this.#answering !== null) this.#answering.req = effect.req;
  }

  /** The turn is to be answered: by the draft that is still there, or by what was asked in this step. */
  #onCommit(at: number, effects: readonly Effect[]): void {
    const asked = effects.find((effect) => effect.type === 'llm.start' && effect.draftOf === null);
    const req = asked?.type === 'llm.start' ? asked.req : this.#draft;
    const end = this.#end ?? { lastVoicedAt: null, endOfTurnAt: at };
    const wastedDrafts = this.#wastedDrafts;
    this.#draft = null;
    this.#wastedDrafts = 0;
    if (req === null) return; // answered by the opening, not by the model
    const { at: askedAt, firstTokenAt } = this.#asked.get(req) ?? { at, firstTokenAt: null };
    const unknown = { firstTextAt: null, firstAudioAt: null };
    const timings = { ...end, committedAt: at, askedAt, firstTokenAt, ...unknown, wastedDrafts };
    this.#answering = { req, timings };
    const said = effects.find((effect) => effect.type === 'tts.say');
    if (said?.type === 'tts.say') this.#onSay(said.utt, at); // a draft may be spoken in the same step
  }

  #onText(req: RequestId, at: number): void {
    const asked = this.#asked.get(req);
    if (asked !== undefined) asked.firstTokenAt ??= at;
    if (this.#answering?.req === req) this.#answering.timings.firstTokenAt ??= at;
  }

  #onSay(utt: UtteranceId, at: number): void {
    const answering = this.#answering;
    if (answering === null || answering.timings.firstTokenAt === null || this.#byUtterance.has(utt)) return;
    answering.timings.firstTextAt = at;
    this.#byUtterance.set(utt, answering.timings);
    this.#answering = null;
  }

  #onAudio(utt: UtteranceId, at: number): void {
    this.#began.persona.set(utt, at);
    const timings = this.#byUtterance.get(utt);
    if (timings !== undefined) timings.firstAudioAt ??= at;
  }
}
