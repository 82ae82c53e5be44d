import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { ToolCallId, ToolRequest } from '../conversation/types.ts';
import type { ToolBox } from '../ports.ts';

/** The tools that are running in one call. A cancelled one is told so, and what it still answers is not heard. */
export class ToolRuns {
  readonly #parts: { callId: string; tools: ToolBox; log: Logger };
  readonly #onDone: (call: ToolCallId, result: string) => void;
  readonly #running = new Map<ToolCallId, AbortController>();

  constructor(
    parts: { callId: string; tools: ToolBox; log: Logger },
    onDone: (call: ToolCallId, result: string) => void,
  ) {
    this.#parts = parts;
    this.#onDone = onDone;
  }

  run(call: ToolCallId, tool: ToolRequest): void {
    const abort = new AbortController();
    this.#running.set(call, abort);
    this.#parts.tools.run(tool, abort.signal).then(
      (result) => this.#done(call, result),
      (error: unknown) => {
        const { callId, log } = this.#parts;
        log.error({ callId, tool: tool.name, problem: describeError(error) }, 'a tool failed');
        this.#done(call, '{"status":"error"}');
      },
    );
  }

  cancel(call: ToolCallId): void {
    this.#running.get(call)?.abort();
    this.#running.delete(call);
  }

  close(): void {
    for (const call of [...this.#running.keys()]) this.cancel(call);
  }

  #done(call: ToolCallId, result: string): void {
    if (this.#running.delete(call)) this.#onDone(call, result);
  }
}
