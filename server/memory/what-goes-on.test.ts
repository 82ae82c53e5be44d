import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { users } from '../../db/schema/index.ts';
import { RememberingHouse, SYSTEM } from '../../test/remembering.ts';
import { memoryTools } from '../call/tools/memory-tools.ts';
import { toolBox } from '../call/tools/toolbox.ts';
import { systemClock } from '../clock.ts';
import { openCallMemory } from './call-memory.ts';
import { allPromises, openPromises } from './commitments.ts';
import type { HeldCall } from './held-call.ts';
import { profileOf, unknownOf, writeProfile } from './profile.ts';
import type { Scope } from './scope.ts';
import { keepCommitment, keepProfile } from './what-goes-on.ts';

/** What goes on beyond a call: promises, made and settled in it and learned from it, and who its user is. */

let house: RememberingHouse;
beforeAll(async () => {
  house = await RememberingHouse.open();
});
afterAll(() => house?.close());

const as = <T>(work: Parameters<typeof house.database.db.as<T>>[1]) => house.database.db.as(SYSTEM, work);

/** The tools of a call in Brussels, as the model uses them. */
async function inCall(scope: Scope) {
  await as((tx) => tx.update(users).set({ timeZone: 'Europe/Brussels' }).where(eq(users.id, scope.userId)));
  const callId = await house.heldCall(scope, ['Brad: Well?', 'Anna: I will run.']);
  const parts = { db: house.database.db, search: house.search, book: house.book, clock: systemClock };
  let uses = 0;
  const box = toolBox(
    memoryTools(openCallMemory(parts, scope, callId), () => {
      uses += 1;
    }),
  );
  const use = async (name: string, args: Record<string, unknown>) =>
    JSON.parse(await box.run({ name, args } as never, new AbortController().signal));
  return { use, uses: () => uses };
}

function held(scope: Scope, lines: readonly string[]): HeldCall {
  return {
    id: null as unknown as string,
    scope,
    calleeName: 'Anna',
    personaName: 'Brad',
    timeZone: 'Europe/Brussels',
    endedAt: new Date('2026-11-22T20:00:00Z'),
    turns: lines.map((text, seq) => ({ seq, speaker: seq % 2 === 0 ? 'persona' : 'caller', text })),
  };
}

describe('a promise', () => {
  it('is made, listed and settled in the call, in the caller’s own time', async () => {
    const scope = await house.scope();
    const { use, uses } = await inCall(scope);
    const { noted } = await use('make_commitment', { promise: 'run 5 km', due: '2026-11-27T09:00' });
    expect(noted).toMatchObject({ status: 'open', due: 'Friday, 27 November 2026 at 09:00' });
    const [row] = await as((tx) => openPromises(tx, scope));
    expect(row?.dueAt?.toISOString()).toBe('2026-11-27T08:00:00.000Z');
    expect((await use('make_commitment', { promise: 'Run 5 KM' })).noted.id).toBe(noted.id);

    const moved = await use('review_commitment', { id: noted.id, outcome: 'moved', due: '2026-11-28' });
    expect(moved.promise).toMatchObject({ status: 'open', due: 'Saturday, 28 November 2026 at 23:59' });
    const { promises } = await use('review_commitment', {});
    expect(promises).toEqual([moved.promise]);
    await use('review_commitment', { id: moved.promise.id, outcome: 'kept' });
    expect((await use('review_commitment', {})).promises).toEqual([]);
    const all = await as((tx) => allPromises(tx, scope));
    expect(all.map(({ status }) => status).sort()).toEqual(['kept', 'moved']);
    expect(uses()).toBe(6);
  });

  it('is told to be none where it is none, and refused where the day is none', async () => {
    const [scope, other] = [await house.scope(), await house.scope()];
    const foreign = await (await inCall(other)).use('make_commitment', { promise: 'call her mother' });
    const { use } = await inCall(scope);
    expect(await use('review_commitment', { id: foreign.noted.id, outcome: 'broken' })).toMatchObject({
      status: 'error',
      promises: [],
    });
    expect(await use('review_commitment', { id: '1', outcome: 'kept' })).toMatchObject({
      status: 'error',
      problem: expect.stringContaining('id'),
    });
    expect(await use('make_commitment', { promise: 'x', due: 'tomorrow' })).toMatchObject({
      status: 'error',
    });
    expect(await use('make_commitment', { promise: 'x', due: '2026-02-31' })).toMatchObject({
      status: 'error',
      problem: expect.stringContaining('is no date'),
    });
    expect(await as((tx) => openPromises(tx, other))).toHaveLength(1);
  });

  it('is learned from what was said, and settled by what was said of it later', async () => {
    const scope = await house.scope();
    const first = held(scope, ['And now?', 'I will call my mother on Friday.']);
    const promise = { promise: 'call her mother', due_at: '2026-11-27', quote: 'I will call my mother' };
    const keep = (call: HeldCall, change: object) =>
      as((tx) => keepCommitment(tx, call, { ...promise, status: 'open' as const, ...change }));
    await keep(first, {});
    await keep(first, { quote: 'I will buy a horse', promise: 'buy a horse' });
    expect((await as((tx) => allPromises(tx, scope))).map((row) => [row.promise, row.status])).toEqual([
      ['call her mother', 'open'],
    ]);
    const later = held(scope, ['Did you?', 'No, I will do it on Sunday instead.']);
    await keep(later, { status: 'moved', due_at: '2026-11-29', quote: 'I will do it on Sunday' });
    const [open] = await as((tx) => openPromises(tx, scope));
    expect(open?.dueAt?.toISOString()).toBe('2026-11-29T22:59:00.000Z');
    await keep(held(scope, ['Did you?', 'Yes, I called my mother.']), {
      status: 'kept',
      due_at: null,
      quote: 'I called my mother',
    });
    expect(await as((tx) => openPromises(tx, scope))).toEqual([]);
  });
});

describe('a profile', () => {
  const LINES = ['Who are you?', 'I am a nurse and my goal is to run a marathon because I was ill.'];
  const NOTES = [
    { field: 'identity', text: 'a nurse', quote: 'I am a nurse' },
    { field: 'goal', text: 'run a marathon', quote: 'my goal is to run a marathon' },
    { field: 'progress', text: 'runs 5 km', quote: 'I can run five kilometres now' },
  ] as const;
  const keep = (scope: Scope, lines: string[], notes: Array<(typeof NOTES)[number]>) =>
    as((tx) => keepProfile(tx, held(scope, lines), notes));

  it('is filled by what was said in conversations, until nothing is missing', async () => {
    const scope = await house.scope();
    const read = () => as((tx) => profileOf(tx, scope.userId));
    expect(unknownOf(await read())).toHaveLength(3);
    await keep(scope, LINES, [...NOTES]);
    expect(await read()).toMatchObject({
      identity: 'a nurse',
      goals: ['run a marathon'],
      progress: [],
      completedAt: null,
    });
    expect(unknownOf(await read())).toEqual(['why that matters to them']);
    const why = { field: 'why', text: 'was ill', quote: 'because I was ill' } as unknown as (typeof NOTES)[0];
    await keep(scope, LINES, [why, { ...NOTES[0], text: 'somebody else' } as unknown as (typeof NOTES)[0]]);
    const full = await read();
    expect(full).toMatchObject({ identity: 'a nurse', why: 'was ill', completedAt: expect.any(Date) });
    expect(unknownOf(full)).toEqual([]);

    await keep(scope, ['How far?', 'I can run five kilometres now.'], [...NOTES]);
    expect((await read()).progress.map(({ text }) => text)).toEqual(['runs 5 km']);
    const prompt = await house.relationships.buildCompositePrompt(scope.userId, 'brad', 'You are Brad.', []);
    for (const line of ['who they are: a nurse', 'goal: run a marathon', 'was ill', '2026-11-22: runs 5 km'])
      expect(prompt.full_prompt).toContain(line);
  });

  it('that its user wrote is left alone, also where they left something out', async () => {
    const scope = await house.scope();
    await as((tx) => writeProfile(tx, scope.userId, { why: 'my own reasons' }));
    await keep(scope, LINES, [...NOTES]);
    expect(await as((tx) => profileOf(tx, scope.userId))).toMatchObject({
      identity: null,
      goals: [],
      why: 'my own reasons',
    });
  });

  it('loses what its user has forgotten', async () => {
    const scope = await house.scope();
    await keep(scope, LINES, [...NOTES]);
    const { id } = await house.remember(scope, 'Wants to run a marathon');
    await house.book.forget(SYSTEM, scope, id);
    expect(await as((tx) => profileOf(tx, scope.userId))).toMatchObject({ identity: 'a nurse', goals: [] });
  });
});
