import OpenAI from 'openai';
import { Agent } from 'undici';
import type { LanguageModel } from '../call/ports.ts';
import type { ModelOptions } from './cerebras.ts';
import { type ChatChunk, runChat } from './chat.ts';
import { chatBody } from './chat-body.ts';
import { REQUEST_TIMEOUT_MS, STREAM_SILENCE_MS } from './limits.ts';
import { readAnswer, STRUCTURED_TIMEOUT_MS, type StructuredModel, structuredBody } from './structured.ts';
import { warmConnection } from './warm.ts';

/** OpenAI, or anything that speaks its protocol at another base URL. */
export function openAiLanguageModel(
  options: ModelOptions,
): LanguageModel & StructuredModel & { close(): Promise<void> } {
  const dispatcher = new Agent({ keepAliveTimeout: 60_000 }); // by default idle connections live 4 s
  const client = new OpenAI({
    apiKey: options.apiKey,
    ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
    maxRetries: 0,
    timeout: REQUEST_TIMEOUT_MS,
    // @types/node brings another version of undici's types; at run time the SDK hands this to fetch as it is.
    fetchOptions: { dispatcher } as unknown as NonNullable<
      ConstructorParameters<typeof OpenAI>[0]
    >['fetchOptions'] &
      object,
  });
  return {
    warm: () => warmConnection(() => client.models.list(), 'openai', options.log),
    reply: (request, handlers, usage) =>
      runChat(
        async (chat, signal) =>
          (await client.chat.completions.create(chatBody(options.model, chat), {
            signal,
          })) as AsyncIterable<ChatChunk>,
        { vendor: 'openai', clock: options.clock, silenceMs: STREAM_SILENCE_MS },
        request,
        handlers,
        usage,
      ),
    ask: async (request, usage) =>
      readAnswer(
        'openai',
        await client.chat.completions.create(structuredBody(options.model, request), {
          timeout: STRUCTURED_TIMEOUT_MS,
        }),
        usage,
      ),
    close: () => dispatcher.close(),
  };
}
