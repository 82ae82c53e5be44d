import type { CancelTimer, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { nextDeadline } from './conversation/deadlines.ts';
import { modelView } from './conversation/history.ts';
import { initialState, step } from './conversation/step.ts';
import type { ConversationConfig, Effect, EndReason, Event, Fact, State } from './conversation/types.ts';
import { Playback } from './playback.ts';
import type {
  HangUp,
  LanguageModel,
  LineHandlers,
  PhoneLine,
  SpeechToText,
  SttStream,
  TextToSpeech,
  ToolBox,
  TtsStream,
  UsageSink,
} from './ports.ts';

/** Everything a call is made of. The session owns what it opens and closes it all, once. */
export interface SessionParts {
  callId: string;
  config: ConversationConfig;
  systemPrompt: string;
  voice: string;
  keyterms: readonly string[];
  line: PhoneLine;
  stt: SpeechToText;
  llm: LanguageModel;
  tts: TextToSpeech;
  tools: ToolBox;
  usage: UsageSink;
  hangUp: HangUp;
  clock: Clock;
  log: Logger;
  /** Sees every event with its effects, in order; must not throw and must not wait. */
  observe(event: Event, effects: readonly Effect[]): void;
}

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
  readonly #requests = new Map<number, () => void>();
  readonly #toolRuns = new Map<number, AbortController>();
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
    this.#stt = parts.stt.open(
      { callId: parts.callId, keyterms: parts.keyterms },
      {
        onPartial: (turn, text) => this.#take({ type: 'stt.partial', turn, text }),
        onEndOfTurn: (turn, text) => this.#take({ type: 'stt.end', turn, text }),
        onDown: () => this.#take({ type: 'stt.down' }),
        onUp: () => this.#take({ type: 'stt.up' }),
      },
      parts.usage,
    );
    this.#tts = parts.tts.open(
      { callId: parts.callId, voice: parts.voice },
      {
        onAudio: (utt, payload, byteCount) => this.#playback.accept(utt, payload, byteCount),
        onWords: (utt, words) => this.#take({ type: 'tts.words', utt, words }),
        onDone: (utt) => this.#take({ type: 'tts.done', utt, totalMs: this.#audioMs(utt) }),
        onFailed: (utt, problem) => {
          parts.log.warn({ callId: parts.callId, utt, problem }, 'text-to-speech failed on an utterance');
          this.#take({ type: 'tts.failed', utt, problem });
        },
      },
      parts.usage,
    );
  }

  /** The media stream has begun. */
  start(): void {
    this.#take({ type: 'line.started' });
  }

  /** Asks for a goodbye and an end; the first reason wins. */
  stop(reason: EndReason): void {
    this.#take({ type: 'stop.requested', reason });
  }

  onFrame(frame: Buffer): void {
    if (!this.#closed) this.#stt.send(frame);
  }

  onMark(name: string): void {
    this.#playback.onMark(name);
  }

  onStopped(): void {
    this.#lineOpen = false;
    this.#take({ type: 'line.stopped' });
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
        return this.#runTool(effect);
      case 'tool.cancel':
        this.#toolRuns.get(effect.call)?.abort();
        this.#toolRuns.delete(effect.call);
        return;
      case 'tts.say':
        this.#playback.expect(effect.utt);
        return this.#tts.say(effect.utt, effect.text, effect.last);
      case 'tts.cancel':
        return this.#tts.cancel(effect.utt);
      case 'line.clear':
        return this.#playback.clear();
      case 'line.finish':
        return this.#playback.finish(effect.utt);
      case 'line.hangUp':
        return this.#hangUp();
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
        system: this.#parts.systemPrompt,
        messages: modelView(effect.history),
        tools: this.#parts.tools.definitions,
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

  #runTool(effect: Extract<Effect, { type: 'tool.run' }>): void {
    const abort = new AbortController();
    this.#toolRuns.set(effect.call, abort);
    this.#parts.tools.run(effect.tool, abort.signal).then(
      (result) => this.#toolDone(effect.call, result),
      (error: unknown) => {
        this.#parts.log.error(
          { callId: this.#parts.callId, tool: effect.tool.name, problem: describeError(error) },
          'a tool failed',
        );
        this.#toolDone(effect.call, '{"status":"error"}');
      },
    );
  }

  #toolDone(call: number, result: string): void {
    if (this.#toolRuns.delete(call)) this.#take({ type: 'tool.done', call, result });
  }

  #hangUp(): void {
    this.#parts.hangUp().catch((error: unknown) => {
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
    for (const run of this.#toolRuns.values()) run.abort();
    this.#requests.clear();
    this.#toolRuns.clear();
    this.#stt.close();
    this.#tts.close();
    if (this.#lineOpen) this.#hangUp();
    this.#parts.line.close();
    this.#resolveEnded(reason);
  }
}
