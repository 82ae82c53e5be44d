import type { VoiceActivity, VoiceHandlers } from '../../server/call/ports.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Draws } from './draws.ts';
import type { FakeHearing } from './fake-hearing.ts';
import type { FakeLine } from './fake-line.ts';
import type { Move, Scenario } from './scenario.ts';

const TICK_MS = 60;
const WORD_MS = 280;
const CONFIRM_MS = 200;
const RELEASE_MS = 160;
const PATIENCE_MS = 9_000;
const HELLO_AFTER_MS = 400;

/** What the caller did and what became of it, for the figures. */
export interface Sound {
  does: Move['does'];
  startAt: number;
  endAt: number;
  overPersona: boolean;
  clearedAt: number | null;
  /** Nothing was to go wrong with hearing it. */
  clean: boolean;
}

/** The caller: listens to the line, makes the scenario's moves, and is heard by speech-to-text and voice activity. */
export class FakeCaller implements VoiceActivity {
  readonly #clock: VirtualClock;
  readonly #draws: Draws;
  readonly #scenario: Scenario;
  readonly #line: FakeLine;
  readonly #hearing: FakeHearing;
  readonly #wordsOnAir: () => string[];
  readonly sounds: Sound[] = [];
  #voice: VoiceHandlers | null = null;
  #voiceOn = false;
  #next = 0;
  #busyUntil = 0;
  #personaSoundedAt: number | null = null;
  #stopped = false;
  #words = 0;
  quietSince: number | null = null;
  onTick: () => void = () => undefined;

  constructor(
    clock: VirtualClock,
    draws: Draws,
    scenario: Scenario,
    line: FakeLine,
    hearing: FakeHearing,
    wordsOnAir: () => string[],
  ) {
    this.#clock = clock;
    this.#draws = draws;
    this.#scenario = scenario;
    this.#line = line;
    this.#hearing = hearing;
    this.#wordsOnAir = wordsOnAir;
  }

  open(handlers: VoiceHandlers) {
    this.#voice = handlers;
    const quiet = () => this.#quietForMs();
    return {
      push: () => undefined,
      get quietForMs() {
        return quiet();
      },
      close: () => {
        this.#voice = null;
      },
    };
  }

  /** Picks up, says hello most of the time, and goes on from there. */
  start(): void {
    if (this.#draws.chance('hello', 0, 0.7))
      this.#clock.after(HELLO_AFTER_MS, () => this.#say(['hello'], 'says', 'fine', null));
    else this.#busyUntil = 0;
    this.#clock.after(TICK_MS, () => this.#tick());
  }

  stop(): void {
    this.#stopped = true;
  }

  get isSounding(): boolean {
    const last = this.sounds.at(-1);
    return last !== undefined && last.startAt <= this.#clock.nowMs() && last.endAt > this.#clock.nowMs();
  }

  /** The persona has been cleared: whatever is sounding now is the reason. */
  onClear(): void {
    const now = this.#clock.nowMs();
    const reason = this.sounds.findLast((sound) => sound.startAt <= now && now <= sound.endAt + 1_500);
    if (reason !== undefined) reason.clearedAt ??= now;
  }

  #tick(): void {
    if (this.#stopped) return;
    if (this.#line.isSounding) this.#personaSoundedAt ??= this.#clock.nowMs();
    this.#watchVoice();
    if (this.#clock.nowMs() >= this.#busyUntil) this.#considerMove();
    this.onTick();
    this.#clock.after(TICK_MS, () => this.#tick());
  }

  #considerMove(): void {
    const move = this.#scenario.moves[this.#next];
    if (move === undefined) return;
    const now = this.#clock.nowMs();
    const idleMs = now - Math.max(this.#busyUntil, this.#line.playEndsAt);
    const spokenTo = this.#personaSoundedAt;
    const due =
      move.cue === 'speech'
        ? spokenTo !== null && now - spokenTo >= move.delayMs && this.#line.isSounding
        : spokenTo !== null && !this.#line.isSounding && now - this.#line.playEndsAt >= move.delayMs;
    if (!due && idleMs < PATIENCE_MS) return;
    this.#next += 1;
    this.#personaSoundedAt = null;
    this.#make(move);
  }

  #make(move: Move): void {
    switch (move.does) {
      case 'noise':
        return this.#sound(move.does, move.lengthMs);
      case 'says':
        return this.#say(this.#newWords(move.words), move.does, move.stt, move.hesitates);
      case 'affirms':
        return this.#say([move.words > 9 ? 'no' : 'yes'], move.does, move.stt, null);
      case 'backchannel':
        return this.#say(move.words > 6 ? ['yeah', 'right'] : ['mm-hm'], move.does, move.stt, null);
      case 'greets':
        return this.#say(['hello'], move.does, move.stt, null);
      case 'stops':
        return this.#say(['stop', ...this.#newWords(2)], move.does, move.stt, null);
      case 'asks-cost':
        return this.#say(['what', 'does', 'it', 'cost'], move.does, move.stt, null);
      case 'says-bye':
        return this.#say(['okay', 'bye'], move.does, move.stt, null);
      case 'repeats':
        return this.#say('please hold the line for us'.split(' '), move.does, move.stt, null);
      case 'screens':
        return this.#say('please state your name and the reason'.split(' '), move.does, move.stt, null);
      case 'ends-recording':
        return this.#say('please stop recording'.split(' '), move.does, move.stt, null);
      case 'echo': {
        const words = this.#wordsOnAir();
        return words.length < 2 ? this.#sound('noise', 300) : this.#say(words, move.does, 'fine', null);
      }
      default:
        move.does satisfies never;
    }
  }

  #newWords(count: number): string[] {
    return Array.from({ length: count }, () => `c${this.#words++}`);
  }

  #say(words: string[], does: Move['does'], stt: Move['stt'], hesitates: Move['hesitates']): void {
    const startAt = this.#clock.nowMs();
    let segment = this.#hearing.begin(stt, does !== 'echo');
    let at = 0;
    words.forEach((word, i) => {
      at += WORD_MS;
      const text = i === (hesitates?.afterWords ?? 0) - 1 && i < words.length - 1 ? `${word} and` : word;
      this.#clock.after(at, () => this.#stopped || segment.word(text));
      if (hesitates !== null && i === hesitates.afterWords - 1 && i < words.length - 1) {
        this.#clock.after(at + 1, () => segment.end());
        at += hesitates.ms;
        this.#clock.after(at, () => {
          segment = this.#hearing.begin(stt, does !== 'echo');
        });
      }
    });
    this.#clock.after(at + 1, () => segment.end());
    this.#busyUntil = startAt + at + 300;
    const clean = stt === 'fine' && this.#scenario.faults.length === 0;
    this.#noteSound(does, startAt, startAt + at, clean);
  }

  #sound(does: Move['does'], lengthMs: number): void {
    const startAt = this.#clock.nowMs();
    this.#busyUntil = startAt + lengthMs;
    this.#noteSound(does, startAt, startAt + lengthMs);
  }

  #noteSound(does: Move['does'], startAt: number, endAt: number, clean = true): void {
    this.sounds.push({ does, startAt, endAt, overPersona: this.#line.isSounding, clearedAt: null, clean });
  }

  /** Voice activity as the product's own detector reports it: only while the persona can be heard. */
  #watchVoice(): void {
    const now = this.#clock.nowMs();
    const last = this.sounds.at(-1);
    const soundMs = last !== undefined && last.endAt > now ? now - last.startAt : 0;
    if (!this.#voiceOn && soundMs >= CONFIRM_MS && this.#line.isSounding) {
      this.#voiceOn = true;
      this.#voice?.onVoice(soundMs, RELEASE_MS + TICK_MS);
    } else if (this.#voiceOn && (last === undefined || now - last.endAt >= RELEASE_MS)) {
      this.#voiceOn = false;
      this.#voice?.onSilence();
    }
  }

  #quietForMs(): number | null {
    const last = this.sounds.at(-1);
    if (last === undefined) return null;
    return Math.max(0, this.#clock.nowMs() - last.endAt);
  }
}
