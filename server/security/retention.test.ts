import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOwner } from '../../test/as-owner.ts';
import { RememberingHouse, SYSTEM } from '../../test/remembering.ts';
import { deleteExpired } from './retention.ts';

/** What leaves the database by its age, and what does not. */

let house: RememberingHouse;
beforeAll(async () => {
  house = await RememberingHouse.open();
});
afterAll(() => house?.close());

const count = (table: string) =>
  house.database.db.as(SYSTEM, async (tx) => {
    const [row] = await tx.execute<{ n: number }>(`select count(*)::int as n from ${table}`);
    return row?.n ?? 0;
  });
const run = (webhookDays = 30) => deleteExpired(house.database.db, { webhookDays });
const owner = (statement: string) => asOwner(house.database, statement);

describe('retention', () => {
  it('deletes each class at its age, and not a day before', async () => {
    const scope = await house.scope();
    const callId = await house.heldCall(scope, ['Brad: Hi', 'Anna: Hello']);
    await owner(`
      insert into call_events (call_id, user_id, flush, core_version, events, effects_digest, at) values
        ('${callId}', '${scope.userId}', 0, 1, '[]', '', now() - interval '29 days'),
        ('${callId}', '${scope.userId}', 1, 1, '[]', '', now() - interval '31 days');
      insert into webhook_inbox (source, type, state, received_at) values
        ('elevenlabs', 'x', 'done', now() - interval '8 days'),
        ('elevenlabs', 'x', 'done', now() - interval '31 days'),
        ('elevenlabs', 'x', 'received', now() - interval '31 days');
      insert into memory_events (user_id, persona, memory_id, operation, actor, at) values
        ('${scope.userId}', 'brad', gen_random_uuid(), 'add', 'user', now() - interval '23 months'),
        ('${scope.userId}', 'brad', gen_random_uuid(), 'add', 'user', now() - interval '25 months')`);
    expect(await run()).toMatchObject({ call_events: 1, webhook_inbox: 1, memory_events: 1, calls: 0 });
    expect(await run(7)).toMatchObject({ call_events: 0, webhook_inbox: 1 });
    expect(await count('call_events')).toBe(1);
    expect(await count("webhook_inbox where state = 'received'")).toBe(1);
    await expect(run(0)).rejects.toThrow();
  });

  it('keeps the money of a call for seven years, and its transcript until its user deletes it', async () => {
    const scope = await house.scope();
    const [kept, erased] = [
      await house.heldCall(scope, ['Brad: Hi', 'Anna: I grow leeks']),
      await house.heldCall(scope, ['Brad: Hi', 'Anna: [redacted]']),
    ];
    const age = (interval: string) =>
      owner(
        `update calls set ended_at = now() - interval '${interval}' where id in ('${kept}', '${erased}')`,
      );
    await owner(`
      insert into call_cost_breakdowns
        (call_id, user_id, services, subtotal_cents, stripe_fee_cents, total_cost_cents, vendor_micro_cents, finalized_at)
      select id, user_id, '[]', 100, 33, 133, 0, ended_at from calls where id in ('${kept}', '${erased}');
      update call_turns set text = '[redacted]' where call_id = '${erased}'`);
    await age('6 years 11 months');
    expect(await run()).toMatchObject({ call_cost_breakdowns: 0, calls: 0 });
    await age('7 years 1 day');
    expect(await run()).toMatchObject({ call_cost_breakdowns: 2, calls: 1 });
    expect(await count(`call_turns where call_id = '${kept}'`)).toBe(2);
    expect(await count(`calls where id = '${erased}'`)).toBe(0);
  });

  it('keeps the row of a call on which something of its user still hangs', async () => {
    const scope = await house.scope();
    const bare = () => house.heldCall(scope, ['Brad: [redacted]']);
    const [summarised, learned, alerted, empty] = [await bare(), await bare(), await bare(), await bare()];
    await owner(`
      insert into call_summaries (call_id, user_id, persona, summary, key_topics, outcome, at, made_by)
        values ('${summarised}', '${scope.userId}', 'brad', 'They talked of leeks.', '{}', 'talked', now(), 'import');
      insert into memories (user_id, persona, category, text, source, call_id)
        values ('${scope.userId}', 'brad', 'user_facts', 'Grows leeks', 'stated', '${learned}');
      insert into alerts (call_id, kind, detail) values ('${alerted}', 'dispute', '{}');
      update calls set ended_at = now() - interval '8 years'
        where id in ('${summarised}', '${learned}', '${alerted}', '${empty}')`);
    expect(await run()).toMatchObject({ calls: 1 });
    expect(await count(`calls where id = '${empty}'`)).toBe(0);
    expect(await count(`call_summaries where call_id = '${summarised}'`)).toBe(1);
  });

  it('has a rule for every table whose class ends by itself', async () => {
    const known = new Set(Object.keys(await run()));
    const tables = await house.database.db.as(SYSTEM, (tx) =>
      tx.execute<{ name: string; class: string }>(`
        select c.relname as name, obj_description(c.oid) as class from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'r'`),
    );
    const timed = tables.filter(({ class: text }) => /\d+ (?:day|days|year|years)/.test(text));
    expect(timed.length).toBeGreaterThan(15);
    expect(timed.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
  });
});
