import type { LanguageModel } from '../call/ports.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { Breaker } from './breaker.ts';
import { cerebrasLanguageModel } from './cerebras.ts';
import { hedgedLanguageModel } from './hedged.ts';
import { hedgeTunables } from './limits.ts';
import { openAiLanguageModel } from './openai.ts';
import type { StructuredModel } from './structured.ts';

/** The configured language models, hedged when there are two. @param origin speaks to this address instead of the vendors'. */
export function openModels(
  config: Config,
  origin: string | null,
  log: Logger,
): { model: LanguageModel; structured: StructuredModel[]; breaker: Breaker; close(): Promise<void> } {
  const { cerebras, openai } = config.vendors;
  const models: Array<LanguageModel & StructuredModel & { close(): void | Promise<void> }> = [];
  const options = { clock: systemClock, log };
  if (cerebras.mode !== 'off') {
    const baseUrl = origin ?? cerebras.baseUrl;
    models.push(
      cerebrasLanguageModel({ ...options, apiKey: cerebras.apiKey, baseUrl, model: config.models.cerebras }),
    );
  }
  if (openai.mode !== 'off') {
    const baseUrl = origin ?? openai.baseUrl;
    models.push(
      openAiLanguageModel({ ...options, apiKey: openai.apiKey, baseUrl, model: config.models.openai }),
    );
  }
  const [first, second] = models;
  if (first === undefined)
    throw new Error('no language model is configured; the configuration should have been refused');
  const breaker = new Breaker(systemClock, hedgeTunables);
  return {
    model:
      second === undefined ? first : hedgedLanguageModel({ first, second, breaker, clock: systemClock, log }),
    breaker,
    structured: models,
    close: async () => {
      for (const model of models) await model.close();
    },
  };
}
