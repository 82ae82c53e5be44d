import type { Effect, EndReason, Entry, Event } from '../../server/call/conversation/types.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { utteranceIndex } from './audio.ts';
import type { FakeLine } from './fake-line.ts';
import type { FakeVoice } from './fake-voice.ts';
import type { Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { CoreWatch } from './watch.ts';

/** A line that was cut off: how many words the record differs from what was heard when the clear had landed. */
export interface Cut {
  recorded: number;
  heard: number;
}

/** Silence on both sides: a re-prompt comes 7.0 s after the last mark came back, and its first sound soon after. */
const LONGEST_SILENCE_MS = 7_900;
const LONGEST_SILENCE_WITH_FAULTS_MS = 12_000;
const GOODBYE_TOLERANCE_MS = 40;
/** A turn that speech-to-text has ended is written down within this time, pauses for thought included. */
const LONGEST_UNRECORDED_MS = 6_000;
const LOOK_BACK_MS = 15_000;
/** The longest word, and what the estimate of the ear may be off. */
const LONGEST_REPEAT_MS = 900;

type PersonaEntry = Extract<Entry, { kind: 'persona' }>;

/** Compares what the conversation believes with what really happened on the line. */
export class WorldWatch {
  readonly #clock: VirtualClock;
  readonly #scenario: Scenario;
  readonly #voice: FakeVoice;
  readonly #line: FakeLine;
  readonly #core: CoreWatch;
  readonly cuts: Cut[] = [];
  callerHungUp = false;
  /** Utterances that were said before the last clear, and may not sound again unless they are resumed. */
  #silenced = new Set<number>();
  #heardAfterClear: number | null = null;
  readonly #saidUtterances = new Set<number>();
  readonly #recordedUtterances = new Set<number>();
  #cutsToCheck: PersonaEntry[] = [];
  #lastCallerText: string | null = null;
  readonly #askedWith = new Map<number, string | null>();
  #liveRequest: number | null = null;
  #unrecorded: Array<{ text: string; at: number }> = [];
  readonly #callerSaid: Array<{ text: string; at: number }> = [];
  readonly #saidWords = new Set<string>();
  #quietSince = 0;
  #hungUp = false;
  #goodbye: number | null = null;

  constructor(parts: {
    clock: VirtualClock;
    scenario: Scenario;
    voice: FakeVoice;
    line: FakeLine;
    core: CoreWatch;
  }) {
    this.#clock = parts.clock;
    this.#scenario = parts.scenario;
    this.#voice = parts.voice;
    this.#line = parts.line;
    this.#core = parts.core;
  }

  onMedia(index: number): void {
    if (this.#silenced.has(index)) this.#heardAfterClear ??= index;
  }

  onRepeat(ms: number): void {
    if (ms > LONGEST_REPEAT_MS) throw new Violation('18', `${Math.round(ms)} ms were said a second time`);
  }

  /** Speech-to-text has ended a turn: it must not get lost. */
  onTurnEnded(text: string): void {
    const turn = { text, at: this.#clock.nowMs() };
    if (this.#core.state.call.phase === 'talking' && !this.#isRecorded(turn)) this.#unrecorded.push(turn);
  }

  onClearSent(): void {
    for (const utt of this.#saidUtterances) this.#silenced.add(utteranceIndex(utt));
  }

  onClearLanded(): void {
    const entries = this.#cutsToCheck;
    this.#cutsToCheck = [];
    for (const entry of entries) this.#checkCut(entry);
  }

  onHangUp(): void {
    this.#hungUp = true;
  }

  take(event: Event, effects: readonly Effect[]): void {
    for (const effect of effects) this.#note(effect);
    if (effects.some((effect) => effect.type === 'line.resume')) {
      this.#silenced.clear();
      this.#heardAfterClear = null;
    }
    if (this.#heardAfterClear !== null)
      throw new Violation('9', `audio of utterance ${this.#heardAfterClear} went out after it was cleared`);
    this.#checkRecords(event, effects);
    this.#checkAsked(effects);
  }

  /** The last words that the callee has heard, for an echo. */
  wordsOnAir(): string[] {
    const first = this.#core.state.mouth[0];
    if (first === undefined) return [];
    const heardMs = this.#line.heardMs(first.id);
    const heard = (this.#voice.words.get(first.id) ?? []).filter((word) => word.endMs <= heardMs);
    return heard.slice(-3).map((word) => word.text);
  }

  checkSilence(callerSounds: boolean, over: boolean): void {
    this.#checkUnrecorded();
    const now = this.#clock.nowMs();
    const isAskedFor = this.#core.state.patientUntil > now;
    if (callerSounds || this.#line.isSounding || over || this.callerHungUp || isAskedFor)
      this.#quietSince = now;
    const rough =
      this.#scenario.faults.length > 0 || this.#scenario.moves.some((move) => move.stt !== 'fine');
    const limit = rough ? LONGEST_SILENCE_WITH_FAULTS_MS : LONGEST_SILENCE_MS;
    const frozen = this.#scenario.freezes.reduce((sum, freeze) => sum + freeze.ms, 0);
    if (now - this.#quietSince > limit + frozen)
      throw new Violation('12', `nothing was to be heard from ${this.#quietSince} to ${now}`);
  }

  /** We ended the call: then all of the goodbye was heard. */
  checkGoodbye(reason: EndReason): void {
    if (!this.#hungUp || this.callerHungUp || this.#voice.isFaulty || this.#goodbye === null) return;
    const words = this.#voice.words.get(this.#goodbye) ?? [];
    const lengthMs = words.at(-1)?.endMs ?? 0;
    const heardMs = this.#line.heardMs(this.#goodbye);
    if (heardMs < lengthMs - GOODBYE_TOLERANCE_MS)
      throw new Violation('11', `only ${heardMs} of ${lengthMs} ms of the goodbye (${reason}) were heard`);
  }

  #checkUnrecorded(): void {
    const [oldest] = this.#unrecorded;
    const { call, caller } = this.#core.state;
    if (oldest === undefined || call.phase !== 'talking' || caller.now !== 'quiet') return;
    if (this.#clock.nowMs() - oldest.at > LONGEST_UNRECORDED_MS)
      throw new Violation('19', `"${oldest.text}" was said at ${oldest.at} and is nowhere in the record`);
  }

  #noteCaller(entry: Extract<Entry, { kind: 'caller' }>): void {
    if (!entry.aside) this.#lastCallerText = entry.text;
    this.#callerSaid.push({ text: normal(entry.text), at: this.#clock.nowMs() });
    this.#unrecorded = this.#unrecorded.filter((turn) => !this.#isRecorded(turn));
  }

  /** Every word of the turn is in some line of the record from around that time: a turn that got stuck becomes two lines. */
  #isRecorded(turn: { text: string; at: number }): boolean {
    const lately = this.#callerSaid.filter(({ at }) => at > turn.at - LOOK_BACK_MS);
    const words = new Set(lately.flatMap(({ text }) => text.split(' ')));
    return normal(turn.text)
      .split(' ')
      .every((word) => words.has(word));
  }

  /** No word of a reply is said twice: neither by a retry nor by two replies. */
  #notePersona(entry: PersonaEntry): void {
    this.#recordedUtterances.add(entry.utt);
    for (const [word] of entry.text.matchAll(/\br\d+w\d+\b/g)) {
      if (this.#saidWords.has(word)) throw new Violation('20', `"${word}" was said twice: "${entry.text}"`);
      this.#saidWords.add(word);
    }
  }

  /** What was heard is in the record: no utterance gets lost between two others. */
  checkHeard(): void {
    if (this.callerHungUp) return;
    for (const utt of this.#saidUtterances) {
      const heard = this.#heardWords(utt);
      if (heard >= 2 && !this.#recordedUtterances.has(utt))
        throw new Violation(
          '22',
          `${heard} words of utterance ${utt} were heard and are nowhere in the record`,
        );
    }
  }

  #note(effect: Effect): void {
    if (effect.type === 'tts.say') {
      this.#saidUtterances.add(effect.utt);
      this.#silenced.delete(utteranceIndex(effect.utt));
      const kind = this.#core.state.mouth.find((u) => u.id === effect.utt)?.kind;
      if (kind === 'goodbye') this.#goodbye = effect.utt;
      this.#checkTags(effect.utt);
    }
    if (effect.type === 'llm.start') {
      const last = effect.history.at(-1);
      this.#askedWith.set(effect.req, last?.kind === 'caller' && !last.aside ? last.text : null);
      if (effect.draftOf === null && this.#core.state.caller.now !== 'quiet')
        throw new Violation('21', 'the model is asked while the caller is speaking');
    }
    if (effect.type === 'record' && effect.entry.kind === 'caller') this.#noteCaller(effect.entry);
    if (effect.type === 'record' && effect.entry.kind === 'persona') this.#notePersona(effect.entry);
  }

  /** All words of an utterance come from one request. */
  #checkTags(utt: number): void {
    const tags = new Set(
      [...(this.#voice.texts.get(utt) ?? '').matchAll(/\br(\d+)w/g)].map(([, tag]) => tag),
    );
    if (tags.size > 1) throw new Violation('13', `utterance ${utt} mixes the replies ${[...tags]}`);
  }

  /** When a reply becomes the one to be spoken, it answers what the caller said last. */
  #checkAsked(effects: readonly Effect[]): void {
    const { thought } = this.#core.state;
    const live = thought.now === 'asking' ? thought.req : null;
    const fresh = live !== null && live !== this.#liveRequest;
    this.#liveRequest = live;
    if (!fresh || effects.some((effect) => effect.type === 'end')) return;
    const askedWith = this.#askedWith.get(live) ?? null;
    if (askedWith !== null && normal(askedWith) !== normal(this.#lastCallerText ?? ''))
      throw new Violation('14', `a reply to "${askedWith}" is spoken after "${this.#lastCallerText}"`);
  }

  #checkRecords(event: Event, effects: readonly Effect[]): void {
    const clears = effects.some((effect) => effect.type === 'line.clear');
    for (const effect of effects) {
      if (effect.type !== 'record' || effect.entry.kind !== 'persona') continue;
      const { entry } = effect;
      if (event.type === 'line.stopped') continue; // the line is gone; what was heard last cannot be known
      if (!entry.interrupted) this.#checkUncut(entry, clears);
      else if (clears) this.#cutsToCheck.push(entry);
      else this.#checkCut(entry);
    }
  }

  #checkCut(entry: PersonaEntry): void {
    const recorded = wordCount(entry.text);
    const heard = this.#heardWords(entry.utt);
    this.cuts.push({ recorded, heard });
    if (Math.abs(recorded - heard) > 1)
      throw new Violation(
        '10',
        `cut off after ${heard} words were heard; the record has ${recorded}: "${entry.text}"`,
      );
  }

  #checkUncut(entry: PersonaEntry, clears: boolean): void {
    const recorded = wordCount(entry.text);
    const heard = this.#heardWords(entry.utt);
    if (recorded > heard + (clears ? 2 : 1))
      throw new Violation('10', `${recorded} words are recorded as heard, ${heard} were: "${entry.text}"`);
    const all = wordCount(this.#voice.texts.get(entry.utt) ?? '');
    if (!this.#voice.isFaulty && recorded !== all)
      throw new Violation(
        '10',
        `${all} words were said and heard, ${recorded} are recorded: "${entry.text}"`,
      );
  }

  /** Words of the text that were heard. A price is spoken in two words, and heard with the second. */
  #heardWords(utt: number): number {
    const heardMs = this.#line.heardMs(utt);
    return (this.#voice.words.get(utt) ?? []).filter(
      (word) => word.text !== 'four' && (word.startMs + word.endMs) / 2 <= heardMs,
    ).length;
  }
}

function wordCount(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

function normal(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N} ]/gu, '');
}
