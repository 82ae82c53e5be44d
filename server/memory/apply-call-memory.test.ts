import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RememberingHouse, SYSTEM } from '../../test/remembering.ts';
import { applyCallMemory } from './apply-call-memory.ts';
import type { KnownFact } from './extraction-request.ts';
import type { CallMemory, ProposedFact } from './extraction-schema.ts';
import type { Outcome } from './facts.ts';
import type { HeldCall } from './held-call.ts';
import type { Scope } from './scope.ts';

/** What rules make of what a model proposes about a call. */

let house: RememberingHouse;
beforeAll(async () => {
  house = await RememberingHouse.open();
});
afterAll(() => house?.close());

describe('what a model proposes', () => {
  const LINES = ['Brad: You live in Paris, right?', 'Anna: No, I moved to Ghent in March.'];
  const FACT: ProposedFact = {
    op: 'add',
    target_id: null,
    category: 'user_facts',
    sector: 'semantic',
    slot: 'home',
    cardinality: 'one',
    text: 'Ghent',
    aliases: [],
    source: 'stated',
    turns: [1],
    quote: 'I moved to Ghent',
    valid_from: '2026-03-01',
    temporary_until: null,
    confidence: 0.9,
    importance: 3,
    sensitive: 'none',
  };
  const NOTHING: CallMemory = {
    summary: 'They talked.',
    key_topics: [],
    outcome: 'talked',
    facts: [],
    storylines: [],
    commitments: [],
    profile: [],
    first_message_hooks: [],
  };

  const HOME = { category: 'user_facts', slot: 'home', cardinality: 'one', source: 'stated' } as const;
  const memoryOf = (outcome: Outcome) => {
    if (outcome.operation === 'blocked') throw new Error('the memory was forgotten before');
    return outcome.memory;
  };

  const factsFound = async (scope: Scope) =>
    (await house.search.search(SYSTEM, scope, { text: 'Paris' }, 5))
      .filter(({ document }) => document.kind === 'fact')
      .map(({ document }) => document.text);

  async function applied(
    facts: Array<Partial<ProposedFact>>,
    of: Scope | null = null,
    known: readonly KnownFact[] = [],
  ) {
    const scope = of ?? (await house.scope());
    const id = await house.heldCall(scope, LINES);
    await factsFound(scope); // an index from before is there, and must not be used afterwards
    await applyTo(id, scope, facts, 'test', known);
    return house.facts(scope);
  }

  async function applyTo(
    id: string,
    scope: Scope,
    facts: Array<Partial<ProposedFact>>,
    madeBy: string,
    known: readonly KnownFact[] = [],
  ) {
    const call: HeldCall = {
      id,
      scope,
      calleeName: 'Anna',
      personaName: 'Brad',
      timeZone: 'UTC',
      endedAt: new Date(),
      turns: LINES.map((line, seq) => {
        const [speaker = '', text = ''] = line.split(': ');
        return { seq, speaker: speaker === 'Brad' ? 'persona' : 'caller', text };
      }),
    };
    const learned = { ...NOTHING, facts: facts.map((fact) => ({ ...FACT, ...fact })) };
    await house.database.db.as(SYSTEM, (tx) =>
      applyCallMemory(tx, house.fingerprints, call, known, learned, madeBy),
    );
  }

  it('is taken with the words that it rests on', async () => {
    expect(await applied([{}])).toEqual([['home', 'Ghent', 'active']]);
  });

  it.each<[string, Partial<ProposedFact>]>([
    ['a quote that nobody said', { quote: 'I bought a castle in Spain' }],
    ['a quote of the persona', { quote: 'You live in Paris', text: 'Paris' }],
    ['no quote', { quote: '' }],
    ['a single word for a quote', { quote: 'Ghent' }],
    ['only the persona behind it', { source: 'persona_said' }],
    ['no text', { text: '  ' }],
    ['a target that is not known', { op: 'retract', target_id: 'm7' }],
  ])('is dropped with %s', async (_name, fact) => {
    expect(await applied([fact])).toEqual([]);
  });

  it('is taken although recognition and the model spell a word differently', async () => {
    expect(await applied([{ quote: 'no I moved to Gent in march' }])).toEqual([['home', 'Ghent', 'active']]);
  });

  it('keeps a slot that cannot be one as a fact without', async () => {
    expect(await applied([{ slot: 'Home Town!' }])).toEqual([[null, 'Ghent', 'active']]);
  });

  it('that something is not so any more takes it out of search at once', async () => {
    const scope = await house.scope();
    const { id } = await house.remember(scope, 'Anna lives in Paris');
    expect(await factsFound(scope)).toEqual(['Anna lives in Paris']);
    const known = [{ id, name: 'm1', category: 'user_facts', slot: null, text: 'Anna lives in Paris' }];
    expect(await applied([{ op: 'retract', target_id: 'm1' }], scope, known)).toEqual([
      [null, 'Anna lives in Paris', 'expired'],
    ]);
    expect(await factsFound(scope)).toEqual([]);
  });

  it('takes the place of what an older prompt made of the call, but not of what its user touched', async () => {
    const scope = await house.scope();
    await house.remember(scope, 'Anna lives in Paris');
    const { id } = await house.book
      .add(SYSTEM, scope, { ...HOME, text: 'Paris' }, 'extraction')
      .then(memoryOf);
    const callId = await house.heldCall(scope, LINES);
    const learn = (facts: Array<Partial<ProposedFact>>, madeBy: string) =>
      applyTo(callId, scope, facts, madeBy);
    await learn(
      [{ valid_from: null }, { slot: null, cardinality: 'many', text: 'Anna moved in March' }],
      'first prompt',
    );
    expect(await house.facts(scope)).toEqual([
      [null, 'Anna lives in Paris', 'active'],
      ['home', 'Paris', 'superseded'],
      ['home', 'Ghent', 'active'],
      [null, 'Anna moved in March', 'active'],
    ]);
    const moved = (await house.book.list(SYSTEM, scope, null)).find(({ text }) => text.endsWith('March'));
    await house.book.edit(SYSTEM, scope, moved?.id ?? '', { pinned: true });
    await learn([], 'second prompt');
    expect(await house.facts(scope)).toEqual([
      [null, 'Anna lives in Paris', 'active'],
      ['home', 'Paris', 'active'],
      [null, 'Anna moved in March', 'active'],
    ]);
    expect((await house.book.list(SYSTEM, scope, null)).find((memory) => memory.id === id)).toMatchObject({
      validTo: null,
      supersededBy: null,
    });
    expect(await factsFound(scope)).toContain('Paris');
  });
});
