import http from 'node:http';
import https from 'node:https';
import Cerebras from '@cerebras/cerebras_cloud_sdk';
import type { LanguageModel } from '../call/ports.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { type ChatChunk, runChat } from './chat.ts';
import { chatBody } from './chat-body.ts';
import { REQUEST_TIMEOUT_MS, STREAM_SILENCE_MS } from './limits.ts';
import { readAnswer, STRUCTURED_TIMEOUT_MS, type StructuredModel, structuredBody } from './structured.ts';
import { warmConnection } from './warm.ts';

export interface ModelOptions {
  apiKey: string;
  baseUrl: string | undefined;
  model: string;
  clock: Clock;
  log: Logger;
}

/** Cerebras: the first choice, for its speed. */
export function cerebrasLanguageModel(
  options: ModelOptions,
): LanguageModel & StructuredModel & { close(): void } {
  // The SDK's own agent drops idle connections after 4 s, so nearly every turn would open a new one.
  const agent = options.baseUrl?.startsWith('http:')
    ? new http.Agent({ keepAlive: true })
    : new https.Agent({ keepAlive: true });
  const client = new Cerebras({
    apiKey: options.apiKey,
    ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
    maxRetries: 0, // a retry costs more than a phone turn has; the caller falls back instead
    timeout: REQUEST_TIMEOUT_MS,
    httpAgent: agent,
  });
  return {
    warm: () => warmConnection(() => client.models.list(), 'cerebras', options.log),
    reply: (request, handlers, usage) =>
      runChat(
        async (chat, signal) =>
          (await client.chat.completions.create(
            { ...chatBody(options.model, chat), reasoning_effort: 'low' },
            { signal },
          )) as AsyncIterable<ChatChunk>,
        { vendor: 'cerebras', clock: options.clock, silenceMs: STREAM_SILENCE_MS },
        request,
        handlers,
        usage,
      ),
    ask: async (request, usage) =>
      readAnswer(
        'cerebras',
        await client.chat.completions.create(structuredBody(options.model, request), {
          timeout: STRUCTURED_TIMEOUT_MS,
        }),
        usage,
      ),
    close: () => agent.destroy(),
  };
}
