import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  callCostEvents,
  calls,
  commitments,
  storylines,
  userPersonaRelationships,
} from '../../db/schema/index.ts';
import { RememberingHouse, SYSTEM } from '../../test/remembering.ts';
import { credentials, startTestSandbox, type TestSandbox } from '../../test/sandbox.ts';
import { systemClock } from '../clock.ts';
import { RateCards } from '../cost/rate-card-store.ts';
import { cerebrasLanguageModel } from '../llm/cerebras.ts';
import { openAiLanguageModel } from '../llm/openai.ts';
import { createLogger } from '../log.ts';
import { applyCallMemory } from './apply-call-memory.ts';
import type { CallMemory, ProposedFact } from './extraction-schema.ts';
import { importTurns } from './import-turns.ts';
import { type HeldCall, Learning } from './learning.ts';
import type { Scope } from './scope.ts';

/** After a call: what a model proposes, through the vendors' own SDKs, and what rules make of it. */

let house: RememberingHouse;
let sandbox: TestSandbox;
let learning: Learning;
const closers: Array<() => void | Promise<void>> = [];
beforeAll(async () => {
  [house, sandbox] = await Promise.all([RememberingHouse.open(), startTestSandbox()]);
  const { db } = house.database;
  const rateCards = new RateCards(db, systemClock);
  await rateCards.ensureDefaults();
  const options = { apiKey: credentials.apiKey, clock: systemClock, log: createLogger('silent') };
  const models = [
    cerebrasLanguageModel({ ...options, model: 'gpt-oss-120b', baseUrl: sandbox.urls.cerebras }),
    openAiLanguageModel({ ...options, model: 'gpt-4.1-mini', baseUrl: sandbox.urls.openai }),
  ];
  for (const model of models) closers.push(() => model.close());
  learning = new Learning({
    db,
    personaName: async () => 'Brad',
    fingerprints: house.fingerprints,
    rateCards,
    models,
    log: options.log,
  });
});
afterAll(async () => {
  for (const close of closers) await close();
  await sandbox?.close();
  await house?.close();
});
beforeEach(() => sandbox.clearFaults());

/** A call that has ended and was not learned from. */
async function heldCall(scope: Scope, lines: readonly string[]): Promise<string> {
  const turns = lines.map((line, seq) => {
    const [speaker = '', ...said] = line.split(': ');
    const at = new Date(Date.now() - 600_000 + seq * 5_000);
    return { speaker, session: 'a call', seq, text: said.join(': '), at };
  });
  const session = crypto.randomUUID();
  const ids = await importTurns(
    house.database.db,
    SYSTEM,
    scope,
    turns.map((turn) => ({ ...turn, session })),
  );
  const callId = ids[session] ?? '';
  await house.database.db.as(SYSTEM, (tx) =>
    tx.update(calls).set({ rememberedAt: null }).where(eq(calls.id, callId)),
  );
  return callId;
}

async function scopeOfNewUser(): Promise<Scope> {
  return { userId: await house.user('Anna'), persona: 'brad' };
}

const SMALL_TALK = [
  'Brad: What is new?',
  "Anna: My sister's name is Lieve and I live in Ghent.",
  'Brad: You should move to Paris.',
  'Anna: I will water the fig tree.',
];
const factsOf = async (scope: Scope) =>
  (await house.book.list(SYSTEM, scope, null)).map(({ slot, text, status }) => [slot, text, status]);
const costsOf = (callId: string) =>
  house.database.db.as(SYSTEM, (tx) =>
    tx.select().from(callCostEvents).where(eq(callCostEvents.callId, callId)).orderBy(callCostEvents.seq),
  );

describe('a call that is over', () => {
  it('is learned from once: facts with their quote, promises, what goes on, and what to say next time', async () => {
    const scope = await scopeOfNewUser();
    const callId = await heldCall(scope, SMALL_TALK);
    await Promise.all([learning.learnFrom(callId), learning.learnFrom(callId)]);
    await learning.learnFrom(callId);

    const facts = await house.book.list(SYSTEM, scope, null);
    expect(facts).toMatchObject([
      { slot: 'sister.name', text: 'Lieve', callId, quote: "My sister's name is Lieve", mentionCount: 1 },
      { slot: 'home', text: 'Ghent', callId, turnSeqs: [1] },
    ]);
    const { db } = house.database;
    const rows = await db.as(SYSTEM, async (tx) => ({
      promises: await tx.select().from(commitments).where(eq(commitments.userId, scope.userId)),
      lines: await tx.select().from(storylines).where(eq(storylines.userId, scope.userId)),
      relationship: await tx
        .select()
        .from(userPersonaRelationships)
        .where(eq(userPersonaRelationships.userId, scope.userId)),
    }));
    expect(rows.promises).toMatchObject([{ promise: 'water the fig tree', status: 'open', callId }]);
    expect(rows.lines).toMatchObject([{ topic: 'water the fig tree', status: 'open' }]);
    expect(rows.relationship).toMatchObject([
      {
        totalCalls: 1,
        firstMessage: 'Last time you wanted to water the fig tree. How did it go?',
        firstMessageMemories: facts.map(({ id }) => id),
      },
    ]);
    const { recent_calls } = await house.relationships.getRecentContext(scope.userId, 'brad');
    expect(recent_calls).toMatchObject([{ call_id: callId, outcome: 'action_planned' }]);
    expect((await house.book.learnedIn(SYSTEM, callId)).map(({ operation }) => operation)).toEqual([
      'add',
      'add',
    ]);
    const prompt = await house.relationships.buildCompositePrompt(scope.userId, 'brad', 'You are Brad.', []);
    expect(prompt.full_prompt).toContain('- sister name: Lieve');
    expect(prompt.full_prompt).toContain('Promise: water the fig tree');
    const [hit] = await house.search.search(SYSTEM, scope, { text: 'fig tree' }, 3);
    expect(hit?.document).toMatchObject({ kind: 'turn', text: 'I will water the fig tree.' });
  });

  it('costs the house what the model says, and its payer nothing more', async () => {
    const callId = await heldCall(await scopeOfNewUser(), SMALL_TALK);
    await learning.learnFrom(callId);
    const costs = await costsOf(callId);
    expect(costs.map(({ vendor, sku }) => `${vendor} ${sku}`)).toEqual([
      'cerebras llm.input.tokens',
      'cerebras llm.output.tokens',
    ]);
    for (const { retailMicroCents, vendorMicroCents } of costs) {
      expect(retailMicroCents).toBe(0n);
      expect(vendorMicroCents).toBeGreaterThan(0n);
    }
  });

  it('is learned from by the second model when the first fails, and later when both do', async () => {
    const scope = await scopeOfNewUser();
    const callId = await heldCall(scope, SMALL_TALK);
    await sandbox.fault({ vendor: 'cerebras', kind: 'status', status: 500, path: 'whole' });
    await learning.learnFrom(callId);
    expect((await costsOf(callId)).map(({ vendor }) => vendor)).toEqual(['openai', 'openai']);
    const second = await heldCall(scope, ['Brad: Hm?', 'Anna: I work at the zoo.']);
    await sandbox.fault({ vendor: 'cerebras', kind: 'status', status: 500, path: 'whole' });
    await sandbox.fault({ vendor: 'openai', kind: 'status', status: 500, path: 'whole' });
    await expect(learning.learnFrom(second)).rejects.toThrow();
    const hits = await house.search.search(SYSTEM, scope, { text: 'zoo' }, 3);
    expect(hits[0]?.document.text).toBe('I work at the zoo.'); // kept before any model was asked
    await learning.learnFrom(second);
    expect(await factsOf(scope)).toContainEqual(['employer', 'zoo', 'active']);
  });

  it('changes what was known before, and keeps what it was', async () => {
    const scope = await scopeOfNewUser();
    await learning.learnFrom(await heldCall(scope, ['Brad: And?', 'Anna: I work at the aquarium.']));
    await learning.learnFrom(await heldCall(scope, ['Brad: And?', 'Anna: I now work at the zoo.']));
    await learning.learnFrom(await heldCall(scope, ['Brad: And?', 'Anna: I work at the zoo.']));
    expect(await factsOf(scope)).toEqual([
      ['employer', 'aquarium', 'superseded'],
      ['employer', 'zoo', 'active'],
    ]);
  });

  it('teaches nothing while the user has paused learning, and can still be searched', async () => {
    const scope = await scopeOfNewUser();
    await house.relationships.updateRelationship(scope.userId, 'brad', { memory_config: { paused: true } });
    const callId = await heldCall(scope, SMALL_TALK);
    await learning.learnFrom(callId);
    expect(await factsOf(scope)).toEqual([]);
    expect(await costsOf(callId)).toEqual([]);
    expect(await house.search.search(SYSTEM, scope, { text: 'fig tree' }, 3)).not.toEqual([]);
  });

  it('does not teach again what the user forgot, nor overrule what the user wrote', async () => {
    const scope = await scopeOfNewUser();
    await learning.learnFrom(await heldCall(scope, SMALL_TALK));
    await house.book.forget(SYSTEM, scope, 'user_facts.sister.name');
    await house.relationships.addFact(scope.userId, 'brad', 'user_facts', 'home', 'Antwerp');
    await learning.learnFrom(await heldCall(scope, SMALL_TALK));
    expect(await factsOf(scope)).toEqual([
      ['home', 'Ghent', 'superseded'],
      ['home', 'Antwerp', 'active'],
      ['home', 'Ghent', 'pending_review'],
    ]);
  });

  it('is found by the sweep when its job was lost', async () => {
    const scope = await scopeOfNewUser();
    const callId = await heldCall(scope, SMALL_TALK);
    const { db } = house.database;
    await db.as(SYSTEM, (tx) =>
      tx
        .update(calls)
        .set({ endedAt: new Date(Date.now() - 300_000) })
        .where(eq(calls.id, callId)),
    );
    for (const sweep of learning.sweeps) await sweep.run();
    const jobs = await db.as(SYSTEM, (tx) =>
      tx.execute<{ payload: { callId: string } }>('select payload from graphile_worker._private_jobs'),
    );
    expect(jobs.map(({ payload }) => payload.callId)).toContain(callId);
  });
});

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
    first_message_hooks: [],
  };

  async function applied(
    facts: Array<Partial<ProposedFact>>,
    commitmentsProposed: CallMemory['commitments'] = [],
  ) {
    const scope = await scopeOfNewUser();
    const id = await heldCall(scope, LINES);
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
    const learned = {
      ...NOTHING,
      facts: facts.map((fact) => ({ ...FACT, ...fact })),
      commitments: commitmentsProposed,
    };
    await house.database.db.as(SYSTEM, (tx) =>
      applyCallMemory(tx, house.fingerprints, call, [], learned, 'test'),
    );
    return factsOf(scope);
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
});
