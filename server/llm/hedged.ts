import type { LanguageModel, ModelHandlers, ModelRequest } from '../call/ports.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import type { UsageSink } from '../cost/usage.ts';
import type { Logger } from '../log.ts';
import { Breaker } from './breaker.ts';
import { LatencyWindow } from './latency-window.ts';
import { type HedgeTunables, hedgeTunables } from './limits.ts';

export interface HedgedParts {
  first: LanguageModel;
  second: LanguageModel;
  /** Of the first one; its own where none is given. */
  breaker?: Breaker;
  clock: Clock;
  log: Logger;
  tunables?: HedgeTunables;
}

/**
 * Two models as one: the first is asked, the second too when the first is slow, and instead when it fails or is
 * known to be down. The one whose first useful token comes first is heard; the other is cancelled, and paid for.
 * Once words have been passed on the answer is not begun anew, so a failure then is passed on too.
 */
export function hedgedLanguageModel(parts: HedgedParts): LanguageModel {
  const shared = new Shared(parts);
  return {
    warm() {
      parts.first.warm?.();
      parts.second.warm?.();
    },
    reply(request, handlers, usage) {
      const race = new Race(shared, request, handlers, usage);
      race.start();
      return () => race.cancel();
    },
  };
}

/** What all calls know together about the first model. */
class Shared {
  readonly parts: HedgedParts;
  readonly tunables: HedgeTunables;
  readonly breaker: Breaker;
  readonly latencies: LatencyWindow;
  #hedgesAllowed: number;

  constructor(parts: HedgedParts) {
    this.parts = parts;
    this.tunables = parts.tunables ?? hedgeTunables;
    this.breaker = parts.breaker ?? new Breaker(parts.clock, this.tunables);
    this.latencies = new LatencyWindow(this.tunables.windowSize, this.tunables.windowNeeds);
    this.#hedgesAllowed = this.tunables.hedgeBurst;
  }

  get hedgeAfterMs(): number {
    const { hedgeAfterMs, hedgeAfterP90 } = this.tunables;
    return Math.max(hedgeAfterMs, (this.latencies.p90() ?? 0) * hedgeAfterP90);
  }

  get switchAfterMs(): number {
    const { switchAfterMs, switchAfterP90, switchAtMostMs } = this.tunables;
    return Math.min(switchAtMostMs, Math.max(switchAfterMs, (this.latencies.p90() ?? 0) * switchAfterP90));
  }

  countTurn(): void {
    const { hedgeShare, hedgeBurst } = this.tunables;
    this.#hedgesAllowed = Math.min(hedgeBurst, this.#hedgesAllowed + hedgeShare);
  }

  takeHedge(): boolean {
    if (this.#hedgesAllowed < 1) return false;
    this.#hedgesAllowed -= 1;
    return true;
  }
}

type Runner = 'first' | 'second';

/** One reply. */
class Race {
  readonly #shared: Shared;
  readonly #request: ModelRequest;
  readonly #handlers: ModelHandlers;
  readonly #usage: UsageSink;
  readonly #startedAt: number;
  readonly #running = new Map<Runner, () => void>();
  readonly #problems: string[] = [];
  #winner: Runner | null = null;
  /** Something was passed on: from now on there is no other answer. */
  #delivered = false;
  #secondAsked = false;
  #over = false;
  #timers: CancelTimer[] = [];

  constructor(shared: Shared, request: ModelRequest, handlers: ModelHandlers, usage: UsageSink) {
    this.#shared = shared;
    this.#request = request;
    this.#handlers = handlers;
    this.#usage = usage;
    this.#startedAt = shared.parts.clock.nowMs();
  }

  start(): void {
    const admission = this.#shared.breaker.admit();
    this.#shared.countTurn();
    if (admission === 'skip') return this.#ask('second', 'the first model is known to be down');
    this.#ask('first', null);
    if (this.#winner !== null || this.#over || this.#secondAsked) return;
    const { clock } = this.#shared.parts;
    if (admission === 'probe') this.#ask('second', 'the first model is being tried again');
    else if (!this.#request.speculative)
      this.#timers.push(clock.after(this.#shared.hedgeAfterMs, () => this.#hedge()));
    this.#timers.push(clock.after(this.#shared.switchAfterMs, () => this.#giveUpFirst()));
  }

  cancel(): void {
    if (this.#over) return;
    if (this.#winner === null && this.#running.has('first')) this.#shared.breaker.undecided();
    this.#finish();
  }

  #ask(runner: Runner, reason: string | null): void {
    if (runner === 'second') this.#secondAsked = true;
    const model = this.#shared.parts[runner];
    const usage: UsageSink =
      reason === null
        ? this.#usage
        : (used) => this.#usage({ ...used, reason: used.reason ?? `fallback: ${reason}` });
    this.#running.set(runner, () => undefined); // an answer may come before `reply` returns
    const cancel = model.reply(this.#request, this.#handlersOf(runner), usage);
    if (this.#running.has(runner)) this.#running.set(runner, cancel);
    else cancel();
  }

  #handlersOf(runner: Runner): ModelHandlers {
    const heard = () => !this.#over && (this.#winner === null || this.#winner === runner);
    return {
      onUseful: () => {
        if (heard()) this.#win(runner);
      },
      onText: (text) => {
        if (!heard()) return;
        this.#win(runner);
        this.#delivered = true;
        this.#handlers.onText(text);
      },
      onTool: (tool) => {
        if (!heard()) return;
        this.#win(runner);
        this.#delivered = true;
        this.#handlers.onTool(tool);
      },
      onDone: () => {
        if (!heard()) return;
        if (!this.#delivered) return this.#onFailed(runner, 'the reply was empty');
        this.#finish();
        this.#handlers.onDone();
      },
      onFailed: (problem) => {
        if (heard()) this.#onFailed(runner, problem);
      },
    };
  }

  #win(runner: Runner): void {
    if (this.#winner !== null) return;
    this.#winner = runner;
    this.#cancelTimers();
    const { breaker, latencies, parts } = this.#shared;
    if (runner === 'first') {
      breaker.succeeded();
      latencies.add(parts.clock.nowMs() - this.#startedAt);
    } else if (this.#running.has('first')) breaker.undecided(); // slower is not broken
    const loser: Runner = runner === 'first' ? 'second' : 'first';
    this.#running.get(loser)?.();
    this.#running.delete(loser);
  }

  #onFailed(runner: Runner, problem: string): void {
    this.#running.delete(runner);
    this.#problems.push(problem);
    if (runner === 'first') this.#shared.breaker.failed();
    if (this.#delivered) return this.#fail();
    this.#winner = null; // it had promised something and told nothing
    if (runner === 'first' && !this.#secondAsked) this.#insteadOfFirst(problem);
    else if (this.#running.size === 0) this.#fail();
  }

  #hedge(): void {
    if (this.#secondAsked || !this.#shared.takeHedge()) return;
    this.#ask('second', 'the first model was slow');
  }

  #giveUpFirst(): void {
    if (!this.#running.has('first') || this.#winner !== null) return;
    this.#running.get('first')?.();
    this.#running.delete('first');
    this.#shared.breaker.failed();
    this.#problems.push('no useful token in time');
    if (!this.#secondAsked) this.#insteadOfFirst('no useful token in time');
    else if (this.#running.size === 0) this.#fail();
  }

  #insteadOfFirst(problem: string): void {
    this.#cancelTimers();
    this.#shared.parts.log.warn(
      { callId: this.#request.callId, problem },
      'the first language model failed; asking the second',
    );
    this.#ask('second', problem);
  }

  #fail(): void {
    this.#finish();
    this.#handlers.onFailed(this.#problems.join('; '));
  }

  #finish(): void {
    this.#over = true;
    this.#cancelTimers();
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }

  #cancelTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }
}
