import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './app.ts';
import { until } from './sandbox.ts';

/** A deploy in the middle of calls: those that go on end by themselves, the rest with a goodbye, and none is lost. */

const CALLS = 20;
let test: TestApp;
beforeAll(async () => {
  test = await startTestApp({ DRAIN_SECONDS: '25' });
});
afterAll(async () => {
  await test?.database.close();
  await test?.sandbox.close();
});

interface Call {
  id: string;
  state: string;
  carrierSid: string;
  endReason: string | null;
}

describe('a drain', () => {
  it(`with ${CALLS} live calls loses none`, async () => {
    const place = async (number: string) => {
      const body = { to: number, displayName: 'Alice' };
      return ((await test.api('/api/calls', { method: 'POST', body })).json as Call).id;
    };
    const numbers = Array.from({ length: CALLS }, (_, i) => `+1555812${String(i).padStart(4, '0')}`);
    const [talker = '', ...brief] = numbers;
    for (const number of brief)
      await test.sandbox.putCaller(number, {
        answerAfterMs: 50,
        lines: [
          { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
          { cue: { after: 'reply', delayMs: 400 }, text: 'Yes, this is Alice.' },
          { cue: { after: 'reply', delayMs: 400 }, text: 'Okay, goodbye.' },
        ],
      });
    await test.sandbox.putCaller(talker, {
      answerAfterMs: 50,
      lines: Array.from({ length: 12 }, () => ({
        cue: { after: 'reply' as const, delayMs: 400 },
        text: 'Tell me the story about your friend.',
      })),
    });
    const ids = await Promise.all(numbers.map(place));
    const find = async () => ((await test.api('/api/calls?limit=100')).json as { calls: Call[] }).calls;
    await until('all are live', async () => (await find()).every(({ state }) => state === 'live'), 30_000);

    const base = test.app.publicBaseUrl;
    const stopped = test.app.stop();
    expect((await fetch(`${base}/ready`)).status).toBe(503);
    expect((await fetch(`${base}/health`)).status).toBe(200);
    const refused = await test.api('/api/calls', {
      method: 'POST',
      body: { to: '+15558129999', displayName: 'A' },
    });
    expect(refused).toMatchObject({ status: 503, json: { type: 'urn:ringback:draining' } });
    await stopped;

    const ended = await test.database.db.as({ kind: 'system', purpose: 'test' }, (tx) =>
      tx.execute<{ id: string; reason: string; number: string; billed: boolean }>(`
        select c.id, c.end_reason as reason, c.to_number as number, b.call_id is not null as billed
        from calls c left join call_cost_breakdowns b on b.call_id = c.id`),
    );
    expect(ended.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(ended.every(({ billed }) => billed)).toBe(true);
    const reasons = new Map(ended.map(({ number, reason }) => [number, reason]));
    expect(brief.map((number) => reasons.get(number))).toEqual(brief.map(() => 'persona-said-goodbye'));
    expect(reasons.get(talker)).toBe('draining');
  }, 120_000);
});
