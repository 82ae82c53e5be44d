import type { Effect, Entry, Event, RequestId, UtteranceId } from './conversation/types.ts';

/** When things happened in one turn, in milliseconds since the call began, all on one clock. */
export interface TurnTimings {
  /** Speech-to-text declared the caller's turn over. */
  endOfTurnAt: number;
  /** First text from the model. */
  firstTokenAt: number | null;
  /** First audio of the answer left for the line. */
  firstAudioAt: number | null;
}

/** When each turn was begun, by caller and persona. */
interface Beginnings {
  caller: Map<number, number>;
  persona: Map<UtteranceId, number>;
}

/** A second fold over the same events: it watches the conversation and never takes part in it. */
export class TurnTimingsFold {
  #endOfTurnAt: number | null = null;
  #byRequest = new Map<RequestId, TurnTimings>();
  #byUtterance = new Map<UtteranceId, TurnTimings>();
  #speaking: RequestId | null = null;
  #began: Beginnings = { caller: new Map(), persona: new Map() };

  add(event: Event, effects: readonly Effect[]): void {
    if (event.type === 'stt.partial' && !this.#began.caller.has(event.turn))
      this.#began.caller.set(event.turn, event.at);
    if (event.type === 'play.started') this.#began.persona.set(event.utt, event.at);
    if (event.type === 'stt.end') this.#endOfTurnAt = event.at;
    if (event.type === 'llm.text') this.#onText(event.req, event.at);
    if (event.type === 'play.started') this.#onAudio(event.utt, event.at);
    for (const effect of effects) {
      if (effect.type === 'llm.start' && this.#endOfTurnAt !== null) {
        this.#byRequest.set(effect.req, {
          endOfTurnAt: this.#endOfTurnAt,
          firstTokenAt: null,
          firstAudioAt: null,
        });
      }
      if (effect.type === 'tts.say' && this.#speaking !== null && !this.#byUtterance.has(effect.utt)) {
        const timings = this.#byRequest.get(this.#speaking);
        if (timings !== undefined) this.#byUtterance.set(effect.utt, timings);
        this.#speaking = null;
      }
    }
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

  #onText(req: RequestId, at: number): void {
    const timings = this.#byRequest.get(req);
    if (timings === undefined || timings.firstTokenAt !== null) return;
    timings.firstTokenAt = at;
    this.#speaking = req;
  }

  #onAudio(utt: UtteranceId, at: number): void {
    const timings = this.#byUtterance.get(utt);
    if (timings !== undefined && timings.firstAudioAt === null) timings.firstAudioAt = at;
  }
}
