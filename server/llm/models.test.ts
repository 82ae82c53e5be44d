import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CLOSED_PORT_URL,
  credentials,
  startTestSandbox,
  type TestSandbox,
  until,
  watchRejections,
} from '../../test/sandbox.ts';
import type { ToolRequest } from '../call/conversation/types.ts';
import type { LanguageModel, ModelRequest } from '../call/ports.ts';
import { systemClock } from '../clock.ts';
import type { Usage } from '../cost/usage.ts';
import { createLogger } from '../log.ts';
import { cerebrasLanguageModel } from './cerebras.ts';
import { hedgedLanguageModel } from './hedged.ts';
import { openAiLanguageModel } from './openai.ts';

let sandbox: TestSandbox;
let rejections: ReturnType<typeof watchRejections>;
const closers: Array<() => void | Promise<void>> = [];

beforeAll(async () => {
  sandbox = await startTestSandbox();
});
afterAll(async () => {
  for (const close of closers) await close();
  await sandbox.close();
});
beforeEach(() => {
  rejections = watchRejections();
});
afterEach(() => {
  rejections.stop();
  expect(rejections.all).toEqual([]);
});

const VENDORS = ['cerebras', 'openai'] as const;

function model(
  vendor: (typeof VENDORS)[number],
  options: { baseUrl?: string; apiKey?: string } = {},
): LanguageModel {
  const shared = {
    apiKey: options.apiKey ?? credentials.apiKey,
    baseUrl: options.baseUrl ?? sandbox.urls[vendor],
    clock: systemClock,
    log: createLogger('silent'),
  };
  const made =
    vendor === 'cerebras'
      ? cerebrasLanguageModel({ ...shared, model: 'gpt-oss-120b' })
      : openAiLanguageModel({ ...shared, model: 'gpt-4.1-mini' });
  closers.push(() => made.close());
  return made;
}

const costTool = {
  name: 'get_call_cost',
  description: 'Cost so far.',
  parameters: { type: 'object', properties: {} },
};

function request(text: string, tools: ModelRequest['tools'] = []): ModelRequest {
  return {
    callId: 'call',
    system: 'You are Brad. You are on the phone with Alice.',
    messages: [{ role: 'user', content: text }],
    tools,
    speculative: false,
  };
}

function ask(llm: LanguageModel, what: ModelRequest) {
  const heard = {
    text: '',
    tools: [] as ToolRequest[],
    done: 0,
    failed: [] as string[],
    usage: [] as Usage[],
    cancel: () => undefined as unknown,
  };
  heard.cancel = llm.reply(
    what,
    {
      onText: (text) => {
        heard.text += text;
      },
      onTool: (tool) => heard.tools.push(tool),
      onDone: () => {
        heard.done += 1;
      },
      onFailed: (problem) => heard.failed.push(problem),
    },
    (usage) => heard.usage.push(usage),
  );
  return heard;
}

const chats = async (vendor: string) =>
  (await sandbox.journal(vendor)).filter((entry) => entry.what === 'chat').length;

describe.each(VENDORS)('%s through its SDK', (vendor) => {
  it('streams a reply and reports the vendor’s own token counts', async () => {
    const heard = ask(model(vendor), request('Are you a robot?'));
    await until('the reply is complete', () => heard.done === 1);
    expect(heard.text).toContain("I'm an AI");
    expect(heard.usage.map(({ sku, outcome }) => [sku, outcome])).toEqual([
      ['llm.input.tokens', 'complete'],
      ['llm.output.tokens', 'complete'],
    ]);
    expect(heard.usage[0]?.reference).toMatch(/^chatcmpl-/);
  });

  it('puts a tool call together from its fragments', async () => {
    const heard = ask(model(vendor), request('How much does this cost?', [costTool]));
    await until('the reply is complete', () => heard.done === 1);
    expect(heard.tools).toEqual([{ name: 'get_call_cost', args: {} }]);
  });

  it('takes the result of a tool', async () => {
    const heard = ask(model(vendor), {
      ...request('How much?', [costTool]),
      messages: [
        { role: 'user', content: 'How much?' },
        {
          role: 'assistant',
          content: null,
          toolCall: { id: 'call_1', name: 'get_call_cost', arguments: '{}' },
        },
        { role: 'tool', toolCallId: 'call_1', content: '{"status":"ok","spoken":"2 dollars"}' },
      ],
    });
    await until('the reply is complete', () => heard.done === 1);
    expect(heard.text).toContain('2 dollars');
  });

  it('makes one request for a 429, not three', async () => {
    const before = await chats(vendor);
    await sandbox.fault({ vendor, kind: 'status', status: 429 });
    const heard = ask(model(vendor), request('Hi'));
    await until('the failure is reported', () => heard.failed.length === 1);
    expect((await chats(vendor)) - before).toBe(1);
  });

  it('notices a body that stalls, which the SDK’s own timeout does not', async () => {
    await sandbox.fault({ vendor, kind: 'stall' });
    const heard = ask(model(vendor), request('Tell me a story.'));
    await until('the failure is reported', () => heard.failed.length === 1);
    expect(heard.failed[0]).toBe('the stream fell silent');
    expect(heard.done).toBe(0);
  });

  it('does not take a stream that was cut for a complete answer', async () => {
    await sandbox.fault({ vendor, kind: 'drop' });
    const heard = ask(model(vendor), request('Tell me a story.'));
    await until('the failure is reported', () => heard.failed.length === 1);
    expect(heard.done).toBe(0);
    expect(heard.usage.every((usage) => usage.outcome === 'failed')).toBe(true);
  });

  it('case 32: is silent after a cancel, and books an estimate that says so', async () => {
    const heard = ask(model(vendor), request('Tell me a story.'));
    await until('text has begun', () => heard.text !== '');
    heard.cancel();
    const text = heard.text;
    await until('the usage is reported', () => heard.usage.length === 2);
    expect(heard.usage.every((usage) => usage.outcome === 'aborted' && usage.units > 0)).toBe(true);
    expect([heard.text, heard.done, heard.failed]).toEqual([text, 0, []]);
  });

  it.each([
    ['a refused connection', { baseUrl: CLOSED_PORT_URL }],
    ['a wrong key', { apiKey: 'wrong' }],
  ])('reports %s as a failure', async (_name, options) => {
    const heard = ask(model(vendor, options), request('Hi'));
    await until('the failure is reported', () => heard.failed.length === 1);
  });

  it('keeps its connection through a pause that its SDK would not', { timeout: 20_000 }, async () => {
    const ports = async () =>
      (await sandbox.journal(vendor))
        .filter((entry) => entry.what === 'chat')
        .map((entry) => entry.detail.port);
    const adapter = model(vendor);
    const first = ask(adapter, request('Hello.'));
    await until('the first reply is complete', () => first.done === 1);
    const idleUntil = performance.now() + 5_500; // both SDKs drop idle connections after 4 s
    await until('more than four seconds have passed', () => performance.now() > idleUntil);
    const second = ask(adapter, request('Are you still there?'));
    await until('the second reply is complete', () => second.done === 1);
    expect((await ports()).at(-1)).toBe((await ports()).at(-2));
  });

  it('survives a chunk that is not JSON', async () => {
    await sandbox.fault({ vendor, kind: 'garbage' });
    const heard = ask(model(vendor), request('Tell me a story.'));
    await until('the failure is reported', () => heard.failed.length === 1);
  });
});

describe('the stand-in', () => {
  it('refuses a tool result that answers nothing, as the vendors do', async () => {
    const heard = ask(model('openai'), {
      ...request('x'),
      messages: [{ role: 'tool', toolCallId: 'call_9', content: '{}' }],
    });
    await until('the failure is reported', () => heard.failed.length === 1);
    expect(heard.failed[0]).toContain('must answer a tool call');
  });

  it('answers a JSON schema with a value that fits it', async () => {
    const schema = {
      type: 'object',
      properties: { facts: { type: 'array', items: { type: 'string' } }, mood: { enum: ['good', 'bad'] } },
      required: ['facts', 'mood'],
    };
    const response = await fetch(`${sandbox.urls.openai}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${credentials.apiKey}` },
      body: JSON.stringify({
        model: 'gpt-4.1-mini',
        messages: [{ role: 'user', content: 'x' }],
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      }),
    });
    const body = (await response.json()) as { choices: Array<{ message: { content: string } }> };
    expect(JSON.parse(body.choices[0]?.message.content ?? '')).toEqual({ facts: [], mood: 'good' });
  });
});

const hedged = () =>
  hedgedLanguageModel({
    first: model('cerebras'),
    second: model('openai'),
    clock: systemClock,
    log: createLogger('silent'),
  });

describe('two models as one', () => {
  it('asks the second model when the first fails before a word', async () => {
    await sandbox.fault({ vendor: 'cerebras', kind: 'status', status: 503 });
    const heard = ask(hedged(), request('Are you a robot?'));
    await until('the reply is complete', () => heard.done === 1);
    expect(
      heard.usage.every(
        (usage) => usage.vendor === 'openai' && usage.reason?.startsWith('fallback:') === true,
      ),
    ).toBe(true);
  });

  it('does not start an answer anew once it has been begun', async () => {
    const before = await chats('openai');
    await sandbox.fault({ vendor: 'cerebras', kind: 'drop', afterMs: 100 });
    const heard = ask(hedged(), request('Tell me a story.'));
    await until('the failure is reported', () => heard.failed.length === 1);
    expect(await chats('openai')).toBe(before);
  });

  it('case 33: books a timed-out first model and the second that answered, each once, with the reason', async () => {
    await sandbox.clearFaults();
    await sandbox.fault({ vendor: 'cerebras', kind: 'slow', delayMs: 6_000 });
    const heard = ask(hedged(), request('Are you a robot?'));
    await until('the second has answered', () => heard.done === 1 || heard.failed.length > 0);
    expect(heard.failed).toEqual([]);
    await until('the first one’s usage is known', () =>
      heard.usage.some(({ vendor, outcome }) => vendor === 'cerebras' && outcome === 'aborted'),
    );
    const acts = heard.usage.map(({ vendor, sku, reference }) => `${vendor}/${sku}/${reference}`);
    expect(new Set(acts).size).toBe(acts.length);
    const ofSecond = heard.usage.filter(({ vendor }) => vendor === 'openai');
    expect(ofSecond.length).toBeGreaterThanOrEqual(2);
    for (const { reason, units } of ofSecond) {
      expect(reason).toMatch(/^fallback: /);
      expect(units).toBeGreaterThan(0);
    }
  });

  it('cancels whichever is working', async () => {
    await sandbox.fault({ vendor: 'cerebras', kind: 'status', status: 503 });
    const heard = ask(hedged(), request('Tell me a story.'));
    await until('the second has begun', () => heard.text !== '');
    heard.cancel();
    await until('its usage is reported', () => heard.usage.length === 2);
    expect(heard.done).toBe(0);
  });
});
