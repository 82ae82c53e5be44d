import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { cerebrasLanguageModel } from '../llm/cerebras.ts';
import { voiceActivity } from '../vad/voice-activity.ts';
import { type RehearsalParts, rehearse } from './rehearsal.ts';

/** Keeps what is logged. */
function listener() {
  const lines: Array<Record<string, unknown>> = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { lines, log };
}

function parts(log: pino.Logger, origin: (stub: string) => string): RehearsalParts {
  return {
    openModel: (stub) => {
      const options = { apiKey: 'x', baseUrl: origin(stub), model: 'm', clock: systemClock, log };
      const model = cerebrasLanguageModel(options);
      return { model, close: async () => model.close() };
    },
    vad: voiceActivity(null, log),
    clock: systemClock,
    log,
  };
}

describe('the rehearsal', () => {
  it('speaks a whole call through the SDK of the model and leaves nothing open', async () => {
    const { lines, log } = listener();
    await rehearse(parts(log, (stub) => stub));
    expect(lines).toEqual([expect.objectContaining({ msg: 'rehearsed a call', turns: 20 })]);
  });

  it('ends by itself when no model answers, and only says so', async () => {
    const { lines, log } = listener();
    await rehearse(parts(log, () => 'http://127.0.0.1:1'));
    expect(lines.at(-1)).toMatchObject({ msg: 'rehearsed a call' });
  });
});
