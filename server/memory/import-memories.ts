import { z } from 'zod';
import type { Transaction } from '../../db/connection.ts';
import { MEMORY_CATEGORIES } from '../../db/schema/memory.ts';
import { allPromises, makePromise, printsOfPromise, settlePromise } from './commitments.ts';
import { type Proposal, remember } from './facts.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Scope } from './scope.ts';
import { forgottenBy, isForgotten } from './tombstones.ts';

const moment = z.coerce.date().nullish();

/** What can be taken over from elsewhere; an export of ours is one. What is not listed is let be. */
export const importedMemories = z.looseObject({
  memories: z
    .array(
      z.looseObject({
        text: z.string().min(1).max(2_000),
        category: z.enum(MEMORY_CATEGORIES).default('user_facts'),
        slot: z
          .string()
          .regex(/^[a-z][a-z0-9_.]{0,63}$/)
          .nullish(),
        cardinality: z.enum(['one', 'many']).optional(),
        value: z.unknown().optional(),
        aliases: z.array(z.string()).optional(),
        status: z.string().default('active'),
        validFrom: moment,
        validTo: moment,
        importance: z.number().int().min(1).max(5).optional(),
        sensitive: z.string().optional(),
      }),
    )
    .default([]),
  commitments: z
    .array(
      z.looseObject({
        promise: z.string().min(1).max(300),
        dueAt: moment,
        status: z.enum(['open', 'kept', 'broken', 'moved']).default('open'),
        settledAt: moment,
      }),
    )
    .default([]),
});
export type ImportedMemories = z.infer<typeof importedMemories>;

/** What became of what was taken over. */
export interface ImportCount {
  added: number;
  known: number;
  /** The user had forgotten it here. */
  forgotten: number;
  promises: number;
}

/** Takes memories and promises over. The same again is confirmed, what its user has forgotten stays forgotten. */
export async function importMemories(
  tx: Transaction,
  scope: Scope,
  fingerprints: Fingerprints,
  { memories, commitments }: ImportedMemories,
): Promise<ImportCount> {
  const count: ImportCount = { added: 0, known: 0, forgotten: 0, promises: 0 };
  for (const memory of memories) {
    if (memory.status !== 'active') continue; // its history is not ours
    const { operation } = await remember(tx, scope, fingerprints, proposalOf(memory), 'import');
    if (operation === 'blocked') count.forgotten += 1;
    else if (operation === 'confirm') count.known += 1;
    else count.added += 1;
  }
  const prints = await forgottenBy(tx, scope);
  const isGone = async (promise: string) =>
    fingerprints.isTold(promise, prints) ||
    (await isForgotten(tx, scope, printsOfPromise(fingerprints, promise), new Date()));
  const nameOf = (made: { promise: string; dueAt?: Date | null | undefined }) =>
    `${made.promise.toLowerCase()} ${made.dueAt?.toISOString() ?? ''}`;
  const known = new Set((await allPromises(tx, scope)).map(nameOf));
  for (const commitment of commitments) {
    if (known.has(nameOf(commitment))) continue;
    if (await isGone(commitment.promise)) count.forgotten += 1;
    else {
      await importPromise(tx, scope, commitment);
      count.promises += 1;
    }
  }
  return count;
}

function proposalOf({
  text,
  category,
  slot = null,
  cardinality,
  ...rest
}: ImportedMemories['memories'][number]): Proposal {
  const { value, aliases, validFrom, validTo, importance, sensitive } = rest;
  const given = { value, aliases, validFrom, validTo, importance, sensitive };
  const told = Object.fromEntries(Object.entries(given).filter(([, field]) => field != null));
  const howMany = cardinality ?? (slot === null ? 'many' : 'one');
  return { ...told, text, category, slot, cardinality: howMany, source: 'import' };
}

async function importPromise(
  tx: Transaction,
  scope: Scope,
  { promise, dueAt, status, settledAt }: ImportedMemories['commitments'][number],
): Promise<void> {
  const made = { promise, dueAt: dueAt ?? null, callId: null, quote: null };
  const { id } = await makePromise(tx, scope, made);
  if (status === 'kept' || status === 'broken')
    await settlePromise(tx, scope, id, { outcome: status, at: settledAt ?? new Date(), dueAt: null });
}
