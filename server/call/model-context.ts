import type { Briefing } from '../persona/briefing.ts';
import { isCalleeKnown } from './conversation/identity.ts';
import type { Entry } from './conversation/types.ts';
import type { ModelContext, ToolBox } from './ports.ts';
import { type Tool, toolBox } from './tools/toolbox.ts';

export interface ContextParts {
  briefing: Pick<Briefing, 'calleeName' | 'systemPrompt' | 'strangerPrompt'>;
  /** Tools for whoever is on the line. */
  always: readonly Tool[];
  /** Tools for the callee alone. */
  ofCallee: readonly Tool[];
  /** Inbound: whether it is certain that the number is the caller's. */
  isVerified(): boolean;
}

/** What a model is given by how much is known of who is on the line: nothing of the callee before they have answered. */
export class ModelContexts {
  readonly #calleeName: string;
  readonly #isVerified: () => boolean;
  readonly #known: ModelContext;
  readonly #stranger: ModelContext;
  readonly #tools: ToolBox;
  #offered: ModelContext;

  constructor({ briefing, always, ofCallee, isVerified }: ContextParts) {
    this.#isVerified = isVerified;
    const forAll = toolBox(always).definitions;
    this.#tools = toolBox([...always, ...ofCallee]);
    this.#calleeName = briefing.calleeName;
    this.#known = { system: briefing.systemPrompt, tools: this.#tools.definitions };
    this.#stranger = { system: briefing.strangerPrompt, tools: forAll };
    this.#offered = this.#stranger;
  }

  /** For the next request. */
  readonly contextFor = (history: readonly Entry[]): ModelContext => {
    const isCallee = this.#isVerified() && isCalleeKnown(history, this.#calleeName);
    this.#offered = isCallee ? this.#known : this.#stranger;
    return this.#offered;
  };

  /** Whether the last request came from somebody who had answered to the callee's name. */
  get isCalleeKnown(): boolean {
    return this.#offered === this.#known;
  }

  /** The tools, of which only those run that the last request was offered: models make names up. */
  get tools(): ToolBox {
    return {
      definitions: this.#tools.definitions,
      run: async (tool, signal) =>
        this.#offered.tools.some(({ name }) => name === tool.name)
          ? this.#tools.run(tool, signal)
          : JSON.stringify({ status: 'error', problem: `there is no tool ${tool.name}` }),
    };
  }
}
