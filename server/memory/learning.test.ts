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
import type { StructuredModel } from '../llm/structured.ts';
import { createLogger } from '../log.ts';
import { Learning } from './learning.ts';
import { forgetMatches, matching } from './matching.ts';
import type { Scope } from './scope.ts';

/** After a call: what a model proposes, through the vendors' own SDKs, and what rules make of it. */

let house: RememberingHouse;
let sandbox: TestSandbox;
let learning: Learning;
let learningWith: (models: readonly StructuredModel[]) => Learning;
let firstModel: StructuredModel;
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
  firstModel = models[0] as StructuredModel;
  learningWith = (those) =>
    new Learning({
      db,
      personaName: async () => 'Brad',
      fingerprints: house.fingerprints,
      rateCards,
      models: those,
      log: options.log,
    });
  learning = learningWith(models);
});
afterAll(async () => {
  for (const close of closers) await close();
  await sandbox?.close();
  await house?.close();
});
beforeEach(() => sandbox.clearFaults());

const SMALL_TALK = [
  'Brad: What is new?',
  "Anna: My sister's name is Lieve and I live in Ghent.",
  'Brad: You should move to Paris.',
  'Anna: I will water the fig tree.',
];
const factsOf = (scope: Scope) => house.facts(scope);
const costsOf = (callId: string) =>
  house.database.db.as(SYSTEM, (tx) =>
    tx.select().from(callCostEvents).where(eq(callCostEvents.callId, callId)).orderBy(callCostEvents.seq),
  );

describe('a call that is over', () => {
  it('is learned from once: facts with their quote, promises, what goes on, and what to say next time', async () => {
    const scope = await house.scope();
    const callId = await house.heldCall(scope, SMALL_TALK);
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
    const callId = await house.heldCall(await house.scope(), SMALL_TALK);
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
    const scope = await house.scope();
    const callId = await house.heldCall(scope, SMALL_TALK);
    await sandbox.fault({ vendor: 'cerebras', kind: 'status', status: 500, path: 'whole' });
    await learning.learnFrom(callId);
    expect((await costsOf(callId)).map(({ vendor }) => vendor)).toEqual(['openai', 'openai']);
    const second = await house.heldCall(scope, ['Brad: Hm?', 'Anna: I work at the zoo.']);
    await sandbox.fault({ vendor: 'cerebras', kind: 'status', status: 500, path: 'whole' });
    await sandbox.fault({ vendor: 'openai', kind: 'status', status: 500, path: 'whole' });
    await expect(learning.learnFrom(second)).rejects.toThrow();
    const hits = await house.search.search(SYSTEM, scope, { text: 'zoo' }, 3);
    expect(hits[0]?.document.text).toBe('I work at the zoo.'); // kept before any model was asked
    await learning.learnFrom(second);
    expect(await factsOf(scope)).toContainEqual(['employer', 'zoo', 'active']);
  });

  it('changes what was known before, and keeps what it was', async () => {
    const scope = await house.scope();
    await learning.learnFrom(await house.heldCall(scope, ['Brad: And?', 'Anna: I work at the aquarium.']));
    await learning.learnFrom(await house.heldCall(scope, ['Brad: And?', 'Anna: I now work at the zoo.']));
    await learning.learnFrom(await house.heldCall(scope, ['Brad: And?', 'Anna: I work at the zoo.']));
    expect(await factsOf(scope)).toEqual([
      ['employer', 'aquarium', 'superseded'],
      ['employer', 'zoo', 'active'],
    ]);
  });

  it('teaches nothing while the user has paused learning, and can still be searched', async () => {
    const scope = await house.scope();
    await house.relationships.updateRelationship(scope.userId, 'brad', { memory_config: { paused: true } });
    const callId = await house.heldCall(scope, SMALL_TALK);
    await learning.learnFrom(callId);
    expect(await factsOf(scope)).toEqual([]);
    expect(await costsOf(callId)).toEqual([]);
    expect(await house.search.search(SYSTEM, scope, { text: 'fig tree' }, 3)).not.toEqual([]);
  });

  it('does not teach again what the user forgot, nor overrule what the user wrote', async () => {
    const scope = await house.scope();
    await learning.learnFrom(await house.heldCall(scope, SMALL_TALK));
    await house.book.forget(SYSTEM, scope, 'user_facts.sister.name');
    await house.relationships.addFact(scope.userId, 'brad', 'user_facts', 'home', 'Antwerp');
    await learning.learnFrom(await house.heldCall(scope, SMALL_TALK));
    expect(await factsOf(scope)).toEqual([
      ['home', 'Ghent', 'superseded'],
      ['home', 'Antwerp', 'active'],
      ['home', 'Ghent', 'pending_review'],
    ]);
  });

  it('is found by the sweep when its job was lost', async () => {
    const scope = await house.scope();
    const callId = await house.heldCall(scope, SMALL_TALK);
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

  it('is learned from again when something of it is forgotten while the model reads', async () => {
    const scope = await house.scope();
    const callId = await house.heldCall(scope, SMALL_TALK);
    const erasing = {
      ask: async (...asked: Parameters<StructuredModel['ask']>) => {
        const { lines } = await house.database.db.as(SYSTEM, (tx) => matching(tx, scope, 'fig tree'));
        await house.database.db.as(SYSTEM, (tx) =>
          forgetMatches(tx, scope, house.fingerprints, { memories: [], lines: lines.map(({ id }) => id) }),
        );
        return firstModel.ask(...asked);
      },
    };
    await expect(learningWith([erasing]).learnFrom(callId)).rejects.toMatchObject({ code: 'call_redacted' });
    expect(await factsOf(scope)).toEqual([]);
    await learning.learnFrom(callId);
    expect(await factsOf(scope)).toContainEqual(['home', 'Ghent', 'active']);
    const promised = await house.database.db.as(SYSTEM, (tx) =>
      tx.select().from(commitments).where(eq(commitments.callId, callId)),
    );
    expect(promised).toEqual([]);
  });
});
