import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './command.ts';
import { DOCUMENTED, RememberingHouse, SYSTEM } from './remembering.ts';

/** What the systems before Ringback kept, taken over: completely, once, and again without harm. */

let house: RememberingHouse;
let folder: string;
beforeAll(async () => {
  house = await RememberingHouse.open();
  folder = mkdtempSync(path.join(os.tmpdir(), 'ringback-dumps-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await house?.close();
});

function importing(kind: string, dump: unknown, ...more: string[]) {
  const at = path.join(folder, `${kind}.json`);
  writeFileSync(at, JSON.stringify(dump));
  return ringback('import', kind, at, '--json', ...more);
}

const ringback = (...args: string[]) => runCommand(args, { DATABASE_URL: house.database.ownerUrl });

const userId = (phone: string) =>
  house.database.db.as(SYSTEM, async (tx) => {
    const [row] = await tx.execute<{ id: string }>(`select id from users where phone_number = '${phone}'`);
    return row?.id ?? '';
  });
const rows = (table: string) =>
  house.database.db.as(SYSTEM, async (tx) => {
    const [row] = await tx.execute<{ n: number }>(`select count(*)::int as n from ${table}`);
    return row?.n ?? 0;
  });

const CALL_ME_BACK = {
  users: [
    { id: 1, phone_number: '+1 (555) 700-0001', name: 'Alice', timezone: 'Europe/Brussels' },
    { id: 2, phone_number: '+15557000002', name: 'Bob' },
  ],
  user_persona_relationships: [
    {
      user_id: 1,
      persona_id: 'persona_brad',
      relationship_type: 'bro',
      custom_system_prompt: 'You met at a party in 2020.',
      memory_config: { recent_calls: 5, something_old: true },
      total_calls: 12,
      total_minutes: 80.4,
      last_call_at: '2025-01-07T10:00:00Z',
    },
    { user_id: 2, persona_id: 'persona_brad', relationship_type: 'boyfriend' },
  ],
  long_term_memory: [{ user_id: 1, persona_id: 'persona_brad', memory: DOCUMENTED }],
  recent_context: [
    {
      user_id: 1,
      persona_id: 'persona_brad',
      recent_calls: [
        {
          call_id: 'call_123',
          date: '2025-01-07',
          summary: 'Discussed work conflict with Sarah',
          key_topics: ['work', 'sarah_coworker'],
          outcome: 'action_planned',
        },
      ],
      ongoing_storylines: [{ topic: 'sarah_conflict', status: 'in_progress' }],
    },
  ],
  user_budget_settings: [{ user_id: 1, max_cost_per_call_cents: 700, warn_at_percent: 60 }],
};
const AS_BRAD = ['--persona', 'persona_brad=brad'];

describe('call-me-back', () => {
  it('is looked at first, taken over whole, and a second time without a change', async () => {
    const dry = await importing('call-me-back', CALL_ME_BACK, ...AS_BRAD, '--dry-run');
    expect(JSON.parse(dry.out)).toMatchObject({
      dryRun: true,
      users: 2,
      relationships: 2,
      facts: 8,
      calls: 1,
    });
    expect(await rows('users')).toBe(0);
    await importing('call-me-back', CALL_ME_BACK, ...AS_BRAD);
    const alice = await userId('+15557000001');
    const { relationships: manager } = house;
    expect(await manager.getLongTermMemory(alice, 'brad')).toEqual(DOCUMENTED);
    expect(await manager.getOrCreateRelationship(alice, 'brad')).toMatchObject({
      relationship_type: 'bro',
      custom_system_prompt: 'You met at a party in 2020.',
      total_calls: 12,
      total_minutes: 80,
    });
    const recent = await manager.getRecentContext(alice, 'brad');
    expect(recent.recent_calls).toMatchObject([
      { date: '2025-01-07', summary: 'Discussed work conflict with Sarah', outcome: 'action_planned' },
    ]);
    expect(recent.ongoing_storylines).toEqual([{ topic: 'sarah_conflict', status: 'in_progress' }]);

    const everything = async () => {
      const tables = [
        'memories',
        'calls',
        'call_summaries',
        'storylines',
        'user_persona_relationships',
        'users',
      ];
      return Promise.all(tables.map(rows));
    };
    const before = await everything();
    await importing('call-me-back', CALL_ME_BACK, ...AS_BRAD);
    expect(await everything()).toEqual(before);
  });

  it('does not bring back what was forgotten here since', async () => {
    const alice = await userId('+15557000001');
    await ringback('memory', 'forget', '+15557000001', 'job', '--yes');
    await importing('call-me-back', CALL_ME_BACK, ...AS_BRAD);
    expect((await house.relationships.getLongTermMemory(alice, 'brad')).user_facts).toEqual({
      allergies: ['peanuts'],
    });
  });

  it.each([
    ['a persona that is not there', CALL_ME_BACK, [], 'Add --persona persona_brad='],
    ['a user without a number', { users: [{ id: 1, name: 'X' }] }, [], 'Write it as +15551230000'],
    [
      'a row about nobody',
      { users: [], long_term_memory: [{ user_id: 9, persona_id: 'brad', memory: {} }] },
      [],
      'user 9',
    ],
    ['another shape', { people: [] }, [], 'users'],
  ])('refuses %s, and changes nothing', async (_name, dump, more, hint) => {
    const before = await rows('users');
    const { code, errors } = await importing('call-me-back', dump, ...more);
    expect(code).toBe(1);
    expect(errors).toContain(hint);
    expect(await rows('users')).toBe(before);
  });
});

const ACCOUNTABILITY = {
  users: [{ id: 'u1', phone: '+15557000003', display_name: 'Carl', timezone: 'America/Chicago' }],
  identity: [
    {
      user_id: 'u1',
      summary: 'Wants to be somebody who finishes things',
      goals: ['write a book'],
      why: 'for Ida',
    },
  ],
  promises: [
    { user_id: 'u1', promise_text: 'write a page', promise_date: '2025-01-02', status: 'kept' },
    { user_id: 'u1', promise_text: 'write a page', promise_date: '2025-01-03', status: 'broken' },
    { user_id: 'u1', promise_text: 'call the publisher', status: 'pending' },
  ],
  calls: [
    {
      id: 'c1',
      user_id: 'u1',
      started_at: '2025-01-03T20:00:00Z',
      ended_at: '2025-01-03T20:05:00Z',
      summary: 'He did not write.',
      transcript: [
        { role: 'assistant', message: 'Did you write?' },
        { role: 'user', message: 'No, the toaster caught fire.' },
      ],
    },
  ],
};

describe('the accountability caller', () => {
  it('brings promises, identity and transcripts, once', async () => {
    const first = await importing('accountability', ACCOUNTABILITY);
    expect(JSON.parse(first.out)).toMatchObject({ users: 1, profiles: 1, promises: 3, calls: 1, lines: 2 });
    const second = await importing('accountability', ACCOUNTABILITY);
    expect(JSON.parse(second.out)).toMatchObject({ profiles: 0, promises: 0, lines: 0 });
    const carl = await userId('+15557000003');
    const prompt = await house.relationships.buildCompositePrompt(carl, 'mara', 'You are Mara.', []);
    for (const text of [
      'finishes things',
      'write a book',
      'for Ida',
      'call the publisher',
      'He did not write.',
    ])
      expect(prompt.full_prompt).toContain(text);
    const scope = { userId: carl, persona: 'mara' };
    const [hit] = await house.search.search(SYSTEM, scope, { text: 'toaster' }, 1);
    expect(hit?.document.text).toBe('No, the toaster caught fire.');
  });
});
