import type { UsageSink } from '../cost/usage.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ChatUsage } from './chat.ts';

/** A question whose answer is JSON of a given shape. */
export interface StructuredRequest {
  /** Names the shape to the vendor. */
  name: string;
  schema: Record<string, unknown>;
  system: string;
  user: string;
}

export interface StructuredModel {
  /** The answer as the vendor gave it, parsed. Whether it fits the shape is for the asker to check. */
  ask(request: StructuredRequest, usage: UsageSink): Promise<unknown>;
}

/** The part of a whole chat completion that Cerebras and OpenAI share. */
interface Completion {
  id?: string;
  choices?: Array<{ message?: { content?: string | null }; finish_reason?: string | null }>;
  usage?: ChatUsage | null;
}

/** Nobody waits on the line for it. */
export const STRUCTURED_TIMEOUT_MS = 60_000;
const MOST_TOKENS = 6_000;

/** The request's body, as far as both vendors agree. */
export function structuredBody(model: string, { name, schema, system, user }: StructuredRequest) {
  return {
    model,
    stream: false as const,
    max_completion_tokens: MOST_TOKENS,
    messages: [
      { role: 'system' as const, content: system },
      { role: 'user' as const, content: user },
    ],
    response_format: { type: 'json_schema' as const, json_schema: { name, strict: true, schema } },
  };
}

/** Reports what was used and reads the answer. @throws RingbackError `answer_cut_off` or `answer_not_json`. */
export function readAnswer(vendor: 'cerebras' | 'openai', answer: unknown, usage: UsageSink): unknown {
  const { id, choices, usage: used } = answer as Completion;
  const base = { vendor, reference: id ?? `${vendor}-answer`, outcome: 'complete' } as const;
  const cached = used?.prompt_tokens_details?.cached_tokens ?? 0;
  usage({ ...base, sku: 'llm.input.tokens', units: Math.max(0, (used?.prompt_tokens ?? 0) - cached) });
  if (cached > 0) usage({ ...base, sku: 'llm.cached.tokens', units: cached });
  usage({ ...base, sku: 'llm.output.tokens', units: used?.completion_tokens ?? 0 });
  const [choice] = choices ?? [];
  if (choice?.finish_reason === 'length')
    throw new RingbackError('answer_cut_off', `${vendor} did not finish its answer.`, {
      remedy: 'It is asked again; if that happens for every call, the transcripts are too long.',
    });
  try {
    return JSON.parse(choice?.message?.content ?? '');
  } catch (error) {
    throw new RingbackError('answer_not_json', `${vendor} answered with something that is not JSON.`, {
      remedy: 'Another model is asked; if both do it, check the model ids.',
      cause: error,
    });
  }
}

/** Asks the models one after the other until one gives an answer that `check` accepts. */
export async function askInTurn<T>(
  models: readonly StructuredModel[],
  request: StructuredRequest,
  check: (answer: unknown) => T,
  { usage, log }: { usage: UsageSink; log: Logger },
): Promise<T> {
  let last: unknown = new Error('there is no language model');
  for (const model of models) {
    try {
      return check(await model.ask(request, usage));
    } catch (error) {
      last = error;
      log.warn({ problem: describeError(error) }, 'a model gave no usable answer; the next one is asked');
    }
  }
  throw last;
}
