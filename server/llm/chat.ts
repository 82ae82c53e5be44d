import type { ToolRequest } from '../call/conversation/types.ts';
import type { ModelHandlers, ModelRequest } from '../call/ports.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import type { Usage, UsageSink } from '../cost/usage.ts';
import { describeError } from '../errors.ts';

/** The part of a streamed chat completion that Cerebras and OpenAI share. */
export interface ChatChunk {
  id?: string;
  choices?: Array<{
    delta?: {
      content?: string | null;
      tool_calls?: Array<{
        index: number;
        id?: string;
        function?: { name?: string; arguments?: string };
      }> | null;
    };
    finish_reason?: string | null;
  }>;
  usage?: ChatUsage | null;
  error?: { message?: string };
}

/** The prompt's count includes what was cached, the completion's what was thought in silence. */
export interface ChatUsage {
  prompt_tokens?: number;
  completion_tokens?: number;
  prompt_tokens_details?: { cached_tokens?: number | null } | null;
  completion_tokens_details?: { reasoning_tokens?: number | null } | null;
}

/** Starts the vendor's request; rejects when it is refused. */
export type StartChat = (request: ModelRequest, signal: AbortSignal) => Promise<AsyncIterable<ChatChunk>>;

export interface ChatOptions {
  vendor: 'cerebras' | 'openai';
  clock: Clock;
  /** No first chunk by then, or no next chunk within it: the stream counts as dead. The SDKs' timeouts stop at the headers. */
  silenceMs: number;
}

/** About four characters a token: used only where the vendor tells nothing, and flagged as an estimate. */
const CHARS_PER_TOKEN = 4;

/** Runs one streamed reply with a watchdog, and reports what it used however it ends. Returns its cancel function. */
export function runChat(
  start: StartChat,
  options: ChatOptions,
  request: ModelRequest,
  handlers: ModelHandlers,
  usage: UsageSink,
): () => void {
  const reply = new ChatReply(start, options, request, handlers, usage);
  void reply.run();
  return () => reply.cancel();
}

let replies = 0;

class ChatReply {
  readonly #start: StartChat;
  readonly #options: ChatOptions;
  readonly #request: ModelRequest;
  readonly #handlers: ModelHandlers;
  readonly #usage: UsageSink;
  readonly #abort = new AbortController();
  readonly #tools = new Map<number, { name: string; json: string }>();
  /** Stands in for the vendor's id until it has told one. */
  readonly #localId = `local-${process.pid}-${++replies}`;
  #cancelWatchdog: CancelTimer = () => undefined;
  #stalled = false;
  #cancelled = false;
  #vendorId = '';
  #outputChars = 0;
  #finished = false;
  #useful = false;
  #reportedUsage: ChatUsage | null = null;

  constructor(
    start: StartChat,
    options: ChatOptions,
    request: ModelRequest,
    handlers: ModelHandlers,
    usage: UsageSink,
  ) {
    this.#start = start;
    this.#options = options;
    this.#request = request;
    this.#handlers = handlers;
    this.#usage = usage;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#abort.abort();
  }

  async run(): Promise<void> {
    let problem: string | null = null;
    let started = false;
    try {
      this.#feedWatchdog();
      const stream = await this.#start(this.#request, this.#abort.signal);
      started = true;
      for await (const chunk of stream) {
        this.#feedWatchdog();
        this.#onChunk(chunk);
      }
      // An abort in mid-stream ends the loop without an error, and a cut answer looks like a complete one.
      if (!this.#finished)
        problem = this.#stalled ? 'the stream fell silent' : 'the stream ended without a finish_reason';
    } catch (error) {
      problem = this.#stalled ? 'the stream fell silent' : describeError(error).message;
    }
    this.#cancelWatchdog();
    // What was given up before it answered has been read, and may be billed; what was refused has not.
    if (started || this.#cancelled || this.#stalled) this.#reportUsage(problem);
    if (this.#cancelled) return;
    if (problem !== null) this.#handlers.onFailed(problem);
    else this.#complete();
  }

  #onChunk(chunk: ChatChunk): void {
    if (chunk.error !== undefined) throw new Error(chunk.error.message ?? 'the model reported an error');
    if (chunk.id !== undefined && chunk.id !== '') this.#vendorId = chunk.id;
    if (chunk.usage != null) this.#reportedUsage = chunk.usage;
    const choice = chunk.choices?.[0];
    if (choice === undefined) return;
    const text = choice.delta?.content;
    if (text != null && text !== '') {
      this.#outputChars += text.length;
      this.#onUseful();
      if (!this.#cancelled) this.#handlers.onText(text);
    }
    for (const part of choice.delta?.tool_calls ?? []) this.#onToolFragment(part);
    if (choice.finish_reason != null) this.#finished = true;
  }

  #onToolFragment(part: { index: number; function?: { name?: string; arguments?: string } }): void {
    this.#onUseful();
    const tool = this.#tools.get(part.index) ?? { name: '', json: '' };
    tool.name += part.function?.name ?? '';
    tool.json += part.function?.arguments ?? '';
    this.#outputChars += part.function?.arguments?.length ?? 0;
    this.#tools.set(part.index, tool);
  }

  #onUseful(): void {
    if (this.#useful || this.#cancelled) return;
    this.#useful = true;
    this.#handlers.onUseful?.();
  }

  #complete(): void {
    for (const { name, json } of this.#tools.values()) {
      const tool = parseTool(name, json);
      if (tool === null) {
        this.#handlers.onFailed(`the arguments for tool ${name} are not a JSON object`);
        return;
      }
      this.#handlers.onTool(tool);
    }
    this.#handlers.onDone();
  }

  #feedWatchdog(): void {
    this.#cancelWatchdog();
    this.#cancelWatchdog = this.#options.clock.after(this.#options.silenceMs, () => {
      this.#stalled = true;
      this.#abort.abort();
    });
  }

  /** The vendor's own count when it came; an aborted stream has none, so that one is estimated and says so. */
  #reportUsage(problem: string | null): void {
    const told = this.#reportedUsage;
    const outcome: Usage['outcome'] =
      told !== null ? 'complete' : this.#cancelled ? 'aborted' : problem !== null ? 'failed' : 'estimated';
    const promptChars = this.#request.system.length + JSON.stringify(this.#request.messages).length;
    const base = {
      vendor: this.#options.vendor,
      reference: this.#vendorId === '' ? this.#localId : this.#vendorId,
      outcome,
      ...(problem === null ? {} : { reason: problem }),
    } as const;
    const cached = told?.prompt_tokens_details?.cached_tokens ?? 0;
    const reasoning = told?.completion_tokens_details?.reasoning_tokens ?? 0;
    const prompt = told?.prompt_tokens ?? Math.ceil(promptChars / CHARS_PER_TOKEN);
    const completion = told?.completion_tokens ?? Math.ceil(this.#outputChars / CHARS_PER_TOKEN);
    this.#usage({ ...base, sku: 'llm.input.tokens', units: Math.max(0, prompt - cached) });
    if (cached > 0) this.#usage({ ...base, sku: 'llm.cached.tokens', units: cached });
    this.#usage({ ...base, sku: 'llm.output.tokens', units: Math.max(0, completion - reasoning) });
    if (reasoning > 0) this.#usage({ ...base, sku: 'llm.reasoning.tokens', units: reasoning });
  }
}

function parseTool(name: string, json: string): ToolRequest | null {
  try {
    const args: unknown = json.trim() === '' ? {} : JSON.parse(json);
    return typeof args === 'object' && args !== null && !Array.isArray(args)
      ? { name, args: args as Record<string, unknown> }
      : null;
  } catch {
    return null; // the caller reports it as a failed reply
  }
}
