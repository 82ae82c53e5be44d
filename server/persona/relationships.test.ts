import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENTED, RememberingHouse } from '../../test/remembering.ts';

/** The customer's PersonaRelationshipManager, with the examples of their document. */

let house: RememberingHouse;
beforeAll(async () => {
  house = await RememberingHouse.open();
});
afterAll(() => house?.close());

describe('a relationship', () => {
  it('is made once, as it was first asked for, and changed only where it is told to', async () => {
    const userId = await house.user();
    const { relationships } = house;
    const made = await relationships.getOrCreateRelationship(userId, 'brad', 'friend');
    expect(made).toMatchObject({
      user_id: userId,
      persona_id: 'brad',
      relationship_type: 'friend',
      custom_system_prompt: null,
      total_calls: 0,
      total_minutes: 0,
      last_call_at: null,
    });
    expect((await relationships.getOrCreateRelationship(userId, 'brad', 'boss')).relationship_type).toBe(
      'friend',
    );
    await relationships.updateRelationship(userId, 'brad', {
      relationship_type: 'boyfriend',
      custom_system_prompt: 'You and Bob have been dating for 2 years. You live together in Seattle.',
    });
    await relationships.updateRelationship(userId, 'brad', { memory_config: { paused: true } });
    expect(await relationships.getOrCreateRelationship(userId, 'brad')).toMatchObject({
      relationship_type: 'boyfriend',
      custom_system_prompt: expect.stringContaining('Seattle'),
      memory_config: { paused: true, recent_calls: 10 },
    });
  });

  it('counts its calls', async () => {
    const userId = await house.user();
    await house.relationships.incrementCallStats(userId, 'brad', 7.4);
    await house.relationships.incrementCallStats(userId, 'brad', 2);
    expect(await house.relationships.getOrCreateRelationship(userId, 'brad')).toMatchObject({
      total_calls: 2,
      total_minutes: 9,
      last_call_at: expect.any(Date),
    });
  });

  it('refuses a memory_config that has no meaning', async () => {
    const userId = await house.user();
    const change = { memory_config: { recent_calls: -1 } };
    await expect(house.relationships.updateRelationship(userId, 'brad', change)).rejects.toMatchObject({
      code: 'relationship_invalid',
    });
  });
});

describe('long-term memory', () => {
  it('comes back as it was set, in the shape of the document', async () => {
    const userId = await house.user();
    await house.relationships.setLongTermMemory(userId, 'brad', DOCUMENTED);
    expect(await house.relationships.getLongTermMemory(userId, 'brad')).toEqual(DOCUMENTED);
    await house.relationships.setLongTermMemory(userId, 'brad', DOCUMENTED);
    expect(await house.relationships.getLongTermMemory(userId, 'brad')).toEqual(DOCUMENTED);
  });

  it('is added to, never wiped, by setting a part of it', async () => {
    const userId = await house.user();
    await house.relationships.setLongTermMemory(userId, 'brad', DOCUMENTED);
    await house.relationships.setLongTermMemory(userId, 'brad', {
      user_facts: { job: 'Staff Engineer', allergies: ['cats'] },
      inside_jokes: [],
    });
    expect(await house.relationships.getLongTermMemory(userId, 'brad')).toEqual({
      ...DOCUMENTED,
      user_facts: { job: 'Staff Engineer', allergies: ['peanuts', 'cats'] },
    });
  });

  it('takes a fact, gives its key another value, and forgets it for good', async () => {
    const userId = await house.user();
    const { relationships } = house;
    await relationships.addFact(userId, 'brad', 'user_facts', 'favorite_food', 'Pizza Quattrostagioni');
    await relationships.addFact(userId, 'brad', 'user_facts', 'favorite_food', 'Ramen');
    expect((await relationships.getLongTermMemory(userId, 'brad')).user_facts).toEqual({
      favorite_food: 'Ramen',
    });
    expect(await relationships.deleteFact(userId, 'brad', 'user_facts', 'favorite_food')).toBe(2);
    expect((await relationships.getLongTermMemory(userId, 'brad')).user_facts).toEqual({});
    expect(await house.everything()).not.toMatch(/quattrostagioni/i);
  });

  it('refuses a key that cannot name a memory', async () => {
    const userId = await house.user();
    for (const key of ['', 'Favourite Food', "x'; drop table memories; --", 'a'.repeat(65)])
      await expect(house.relationships.addFact(userId, 'brad', 'user_facts', key, 'x')).rejects.toMatchObject(
        { code: 'memory_key_invalid' },
      );
  });
});

describe('recent context', () => {
  it('holds the last ten calls, newest first, and says each once', async () => {
    const userId = await house.user();
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) {
      const callId = await house.heldCall({ userId, persona: 'brad' }, ['caller: Hi.']);
      ids.push(callId);
      await house.relationships.updateRecentContext(
        userId,
        'brad',
        callId,
        `Call ${i}: work conflict with Sarah`,
        ['work', 'sarah_coworker'],
        'action_planned',
      );
    }
    const last = ids.at(-1) ?? '';
    await house.relationships.updateRecentContext(userId, 'brad', last, 'Again', ['dating'], 'advice_given');
    const { recent_calls, ongoing_storylines } = await house.relationships.getRecentContext(userId, 'brad');
    expect(recent_calls).toHaveLength(10);
    expect(recent_calls[0]).toEqual({
      call_id: last,
      date: new Date().toISOString().slice(0, 10),
      summary: 'Again',
      key_topics: ['dating'],
      outcome: 'advice_given',
    });
    expect(ongoing_storylines).toEqual([]);
  });
});
