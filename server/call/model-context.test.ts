import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Entry } from './conversation/types.ts';
import { ModelContexts } from './model-context.ts';
import type { Tool } from './tools/toolbox.ts';

/** What a model is told and may do before and after the callee is known. */

const tool = (name: string): Tool => ({
  name,
  description: name,
  schema: z.object({}),
  run: async () => ({ status: 'ok', ran: name }),
});
const asked: Entry = { kind: 'persona', utt: 1, said: 'opening', text: 'Is this Alice?', interrupted: false };
const said = (text: string): Entry => ({ kind: 'caller', turn: 1, text, aside: false, continues: false });
const open = () =>
  new ModelContexts({
    briefing: { calleeName: 'Alice', systemPrompt: 'She likes plums.', strangerPrompt: 'Ask who it is.' },
    always: [tool('end_call')],
    isVerified: () => true,
    ofCallee: [tool('search_memory')],
  });
const run = async (contexts: ModelContexts, name: string) =>
  JSON.parse(await contexts.tools.run({ name, args: {} } as never, new AbortController().signal));

describe('what a model is given', () => {
  it('holds nothing of the callee before they have answered', async () => {
    const contexts = open();
    const context = contexts.contextFor([asked, said('Who is this?')]);
    expect(context.system).toBe('Ask who it is.');
    expect(context.tools.map(({ name }) => name)).toEqual(['end_call']);
    expect(await run(contexts, 'search_memory')).toMatchObject({ status: 'error' });
    expect(await run(contexts, 'end_call')).toMatchObject({ ran: 'end_call' });
  });

  it('is everything once they have', async () => {
    const contexts = open();
    const context = contexts.contextFor([asked, said('Yes, this is Alice.')]);
    expect(context.system).toBe('She likes plums.');
    expect(context.tools.map(({ name }) => name)).toEqual(['end_call', 'search_memory']);
    expect(await run(contexts, 'search_memory')).toMatchObject({ ran: 'search_memory' });
  });
});
