import type { CancelTimer } from '../clock.ts';
import { describeError } from '../errors.ts';
import { nextDeadline } from './conversation/deadlines.ts';
import { modelView } from './conversation/history.ts';
import type { State } from './conversation/state.ts';
import { initialState, step } from './conversation/step.ts';
import type { Effect, EndReason, Event, Fact } from './conversation/types.ts';
import { Playback } from './playback.ts';
import type {
  LineHandlers,
  SttHandlers,
  SttStream,
  TtsHandlers,
  TtsStream,
  VoiceActivityStream,
} from './ports.ts';
import type { SessionParts } from './session-parts.ts';
import { ToolRuns } from './tools/tool-runs.ts';

/**
 * Runs the core for one live call: carries facts in, effects out, and keeps one timer.
 * Effects may report back at once, so facts go through a queue and a step never runs inside a step.
 */
export class CallSession implements LineHandlers {
  /** Resolves once, when everything the call owned is closed. */
  readonly ended: Promise<EndReason>;

  readonly #parts: SessionParts;
  readonly #startedAt: number;
  readonly #playback: Playback;
  readonly #stt: SttStream;
  readonly #tts: TtsStream;
  readonly #vad: VoiceActivityStream;
  readonly #requests = new Map<number, () => void>();
  readonly #tools: ToolRuns;
  readonly #facts: Fact[] = [];
  #state: State;
  #stepping = false;
  #closed = false;
  #lineOpen = true;
  #timer: { at: number; cancel: CancelTimer } | null = null;
  #resolveEnded: (reason: EndReason) => void = () => undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.nowMs();
    this.#state = initialState(parts.config);
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#playback = new Playback(parts.line, parts.clock, (fact) => this.#take(fact));
    this.#tools = new ToolRuns(parts, (call, result) => this.#take({ type: 'tool.done', call, result }));
    this.#stt = parts.stt.open(
      { callId: parts.callId, keyterms: parts.keyterms, turnTaking: parts.config.tunables },
      this.#sttHandlers(),
      parts.usage,
    );
    this.#tts = parts.tts.open(
      { callId: parts.callId, voice: parts.voice },
      this.#ttsHandlers(),
      parts.usage,
    );
    this.#vad = parts.vad.open({
      onVoice: (forMs, offLagMs) => this.#take({ type: 'voice.on', forMs, offLagMs }),
      onSilence: () => this.#take({ type: 'voice.off' }),
    });
  }

  /** The media stream has begun. */
  start(): void {
    this.#take({ type: 'line.started' });
  }

  /** Asks for a goodbye and an end; the first reason wins. */
  stop(reason: EndReason): void {
    this.#take({ type: 'stop.requested', reason });
  }

  /** The payer's money runs low, is used up, or was taken back. */
  onBudget(level: 'warn' | 'cutoff' | 'revoked'): void {
    this.#take({ type: 'budget', level });
  }

  /** The carrier heard that a machine has answered. */
  onMachine(): void {
    this.#take({ type: 'machine.answered' });
  }

  /** The caller entered a PIN. */
  onPin(isRight: boolean): void {
    this.#take({ type: 'pin', isRight });
  }

  /** The callee pressed a key. */
  onKey(digit: '0' | '*'): void {
    this.#take({ type: 'key', digit });
  }

  onFrame(frame: Buffer): void {
    if (this.#closed) return;
    this.#stt.send(frame);
    this.#vad.push(frame, this.#playback.isSounding || this.#state.call.phase === 'opening');
  }

  onMark(name: string): void {
    this.#playback.onMark(name);
  }

  onStopped(): void {
    this.#lineOpen = false;
    this.#take({ type: 'line.stopped' });
  }

  #sttHandlers(): SttHandlers {
    return {
      onPartial: (turn, text) => this.#take({ type: 'stt.partial', turn, text }),
      onEagerEnd: (turn, text) => this.#take({ type: 'stt.eagerEnd', turn, text }),
      onResumed: (turn) => this.#take({ type: 'stt.resumed', turn }),
      onEndOfTurn: (turn, text) =>
        this.#take({ type: 'stt.end', turn, text, voicedAt: this.#lastVoicedAt() }),
      onDown: () => this.#take({ type: 'stt.down' }),
      onUp: () => this.#take({ type: 'stt.up' }),
    };
  }

  #ttsHandlers(): TtsHandlers {
    return {
      onAudio: (utt, payload, byteCount) => this.#playback.accept(utt, payload, byteCount),
      onWords: (utt, words) => this.#take({ type: 'tts.words', utt, words }),
      onDone: (utt) => this.#take({ type: 'tts.done', utt, totalMs: this.#audioMs(utt) }),
      onFailed: (utt, problem) => {
        this.#parts.log.warn(
          { callId: this.#parts.callId, utt, problem },
          'text-to-speech failed on an utterance',
        );
        this.#take({ type: 'tts.failed', utt, problem });
      },
    };
  }

  #lastVoicedAt(): number | null {
    const quietForMs = this.#vad.quietForMs;
    return quietForMs === null ? null : Math.max(0, this.#elapsedMs() - Math.round(quietForMs));
  }

  #take(fact: Fact): void {
    if (this.#closed) return;
    this.#facts.push(fact);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#facts.shift(); next !== undefined && !this.#closed; next = this.#facts.shift())
        this.#step(next);
    } finally {
      this.#stepping = false;
    }
    this.#armTimer();
  }

  #step(fact: Fact): void {
    const event: Event = {
      ...fact,
      at: this.#elapsedMs(),
      ear: this.#playback.ear(),
      got: this.#playback.got(),
    };
    const { state, effects } = step(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
    this.#parts.observe(event, effects);
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case 'llm.start':
        return this.#ask(effect);
      case 'llm.cancel':
        this.#requests.get(effect.req)?.();
        this.#requests.delete(effect.req);
        return;
      case 'tool.run':
        return this.#tools.run(effect.call, effect.tool);
      case 'tool.cancel':
        return this.#tools.cancel(effect.call);
      case 'tts.say':
        this.#playback.expect(effect.utt);
        return this.#tts.say(effect.utt, effect.text, effect.last, effect.attempt);
      case 'tts.cancel':
        return this.#tts.cancel(effect.utt);
      case 'line.clear':
        return this.#playback.clear();
      case 'line.forget':
        return this.#playback.forget();
      case 'line.resume':
        return this.#playback.resume(effect.utt, effect.fromMs);
      case 'line.finish':
        return this.#playback.finish(effect.utt);
      case 'line.hangUp':
        return this.#hangUp(effect.say);
      case 'callee.optedOut':
        return this.#parts.onOptOut();
      case 'recording':
        return this.#parts.onRecording(effect.change);
      case 'record':
        return;
      case 'end':
        return this.#close(effect.reason);
      default:
        effect satisfies never;
    }
  }

  #ask(effect: Extract<Effect, { type: 'llm.start' }>): void {
    const { req } = effect;
    const over = (fact: Fact) => {
      this.#requests.delete(req);
      this.#take(fact);
    };
    const cancel = this.#parts.llm.reply(
      {
        callId: this.#parts.callId,
        ...this.#parts.contextFor(effect.history),
        messages: modelView(effect.history),
        speculative: effect.draftOf !== null,
      },
      {
        onText: (text) => this.#take({ type: 'llm.text', req, text }),
        onTool: (tool) => this.#take({ type: 'llm.tool', req, tool }),
        onDone: () => over({ type: 'llm.done', req }),
        onFailed: (problem) => {
          this.#parts.log.warn(
            { callId: this.#parts.callId, problem },
            'the language model failed on a reply',
          );
          over({ type: 'llm.failed', req, problem });
        },
      },
      this.#parts.usage,
    );
    this.#requests.set(req, cancel);
  }

  #hangUp(say: string | null): void {
    this.#parts.hangUp(say).catch((error: unknown) => {
      this.#parts.log.error(
        { callId: this.#parts.callId, problem: describeError(error) },
        'the carrier did not take the hang-up; closing the stream ends the call',
      );
      this.#parts.line.close();
    });
  }

  #audioMs(utt: number): number {
    const got = this.#playback.got();
    return got?.utt === utt ? got.ms : 0;
  }

  #elapsedMs(): number {
    return Math.round(this.#parts.clock.nowMs() - this.#startedAt);
  }

  #armTimer(): void {
    if (this.#closed) return;
    const at = nextDeadline(this.#state);
    if (this.#timer?.at === at) return;
    this.#timer?.cancel();
    this.#timer = null;
    if (!Number.isFinite(at)) return;
    const cancel = this.#parts.clock.after(Math.max(1, at - this.#elapsedMs()), () => {
      this.#timer = null;
      this.#take({ type: 'wake' });
    });
    this.#timer = { at, cancel };
  }

  #close(reason: EndReason): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const cancel of this.#requests.values()) cancel();
    this.#tools.close();
    this.#requests.clear();
    this.#stt.close();
    this.#tts.close();
    this.#vad.close();
    if (this.#lineOpen) this.#hangUp(null);
    this.#parts.line.close();
    this.#resolveEnded(reason);
  }
}
