import type { LanguageModel, ModelHandlers, ModelRequest } from '../../server/call/ports.ts';
import type { UsageSink } from '../../server/cost/usage.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Draws } from './draws.ts';
import { type Fault, faultAt, type Scenario } from './scenario.ts';

const FIRST_TOKEN_MS = 180;
const SLOW_MS = 1_800;
/** About when a second model that was asked too begins to answer. */
const LATE_MS = 950;
const CLAUSE_MS = 40;

/** A language model whose words carry the number of the request that they answer. */
export class FakeModel implements LanguageModel {
  readonly #clock: VirtualClock;
  readonly #draws: Draws;
  readonly #scenario: Scenario;
  readonly #part: 'first-model' | 'second-model';
  readonly #shared: { requests: number };
  #uses = 0;
  open = 0;

  constructor(
    clock: VirtualClock,
    draws: Draws,
    scenario: Scenario,
    part: 'first-model' | 'second-model',
    shared: { requests: number },
  ) {
    this.#clock = clock;
    this.#draws = draws;
    this.#scenario = scenario;
    this.#part = part;
    this.#shared = shared;
  }

  reply(request: ModelRequest, handlers: ModelHandlers, usage: UsageSink): () => void {
    const use = this.#uses++;
    const number = this.#shared.requests++;
    const fault = faultAt(this.#scenario, this.#part, use);
    this.open += 1;
    let cancelled = false;
    let over = false;
    let characters = 0;
    const finish = () => {
      if (over) return;
      over = true;
      this.open -= 1;
      const reference = `${this.#part}-${number}`;
      const act = { vendor: this.#vendor, reference, outcome: 'complete' } as const;
      usage({ ...act, sku: 'llm.input.tokens', units: 40 });
      usage({ ...act, sku: 'llm.output.tokens', units: Math.ceil(characters / 4) });
    };
    const at = (ms: number, task: () => void) =>
      this.#clock.after(ms, () => {
        if (!over && (!cancelled || fault === 'ignores-cancel')) task();
      });
    this.#run(request, number, fault, at, {
      ...handlers,
      onText: (text) => {
        characters += text.length;
        handlers.onUseful?.();
        handlers.onText(text);
      },
      onDone: () => {
        finish();
        handlers.onDone();
      },
      onFailed: (problem) => {
        finish();
        handlers.onFailed(problem);
      },
    });
    return () => {
      cancelled = true;
      if (fault === 'ignores-cancel') this.#clock.after(3_000, finish);
      else finish();
    };
  }

  get #vendor(): 'cerebras' | 'openai' {
    return this.#part === 'first-model' ? 'cerebras' : 'openai';
  }

  #run(
    request: ModelRequest,
    number: number,
    fault: Fault['kind'] | null,
    at: (ms: number, task: () => void) => void,
    handlers: ModelHandlers,
  ): void {
    const usualMs = fault === 'slow' ? SLOW_MS : fault === 'ignores-cancel' ? LATE_MS : FIRST_TOKEN_MS;
    const firstMs = usualMs * (0.7 + 0.6 * this.#draws.unit('token', number));
    if (fault === 'refuse') return at(30, () => handlers.onFailed('refused'));
    if (fault === 'stall') return at(2_500, () => handlers.onFailed('the stream fell silent'));
    if (fault === 'empty') return at(firstMs, () => handlers.onDone());
    const last = request.messages.at(-1);
    const heard = last?.role === 'user' ? last.content : '';
    if (/\bbye\b/.test(heard))
      return this.#tool(at, firstMs, handlers, 'end_call', { farewell: farewell(number) });
    if (/\bcost\b/.test(heard)) return this.#tool(at, firstMs, handlers, 'get_call_cost', {});
    const clauses = this.#clauses(number);
    clauses.forEach((clause, i) => {
      at(firstMs + i * CLAUSE_MS, () => handlers.onText(clause));
    });
    const endMs = firstMs + clauses.length * CLAUSE_MS;
    if (fault === 'mid') at(firstMs + CLAUSE_MS * 1.5, () => handlers.onFailed('the stream broke off'));
    else at(endMs, () => handlers.onDone());
  }

  #tool(
    at: (ms: number, task: () => void) => void,
    firstMs: number,
    handlers: ModelHandlers,
    name: string,
    args: Record<string, unknown>,
  ): void {
    at(firstMs, () => {
      handlers.onUseful?.();
      handlers.onTool({ name, args });
      handlers.onDone();
    });
  }

  /** One to five sentences; some of them name a price, which is spoken in more words than it is written. */
  #clauses(number: number): string[] {
    const sentences = this.#draws.int('sentences', number, 1, 5);
    const clauses: string[] = [];
    let word = 0;
    for (let s = 0; s < sentences; s++) {
      const length = this.#draws.int('length', number * 10 + s, 3, 12);
      const words = Array.from({ length }, (_, i) =>
        i === 2 && this.#draws.chance('price', number * 10 + s, 0.15) ? '$4' : `r${number}w${word++}`,
      );
      const half = Math.ceil(words.length / 2);
      clauses.push(
        `${words.slice(0, half).join(' ')}, `,
        `${words.slice(half).join(' ') || `r${number}w${word++}`}. `,
      );
    }
    return clauses;
  }
}

function farewell(number: number): string {
  return `r${number}w0 r${number}w1 r${number}w2 r${number}w3.`;
}
