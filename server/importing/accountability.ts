import { z } from 'zod';
import { callSummaries, callTurns } from '../../db/schema/index.ts';
import { addTurns } from '../memory/documents.ts';
import { importedMemories, importMemories } from '../memory/import-memories.ts';
import { callIdOf, importCall } from '../memory/import-turns.ts';
import { profileOf, writeProfile } from '../memory/profile.ts';
import { type Scope, touch } from '../memory/scope.ts';
import {
  type Counts,
  ensureRelationship,
  type ImportParts,
  id,
  importUsers,
  type KnownUser,
  moment,
  personaOf,
  userOf,
  userRow,
} from './dump.ts';

/** The accountability caller: promises, the identity from its onboarding, and the calls with their transcripts. */

const promise = z.looseObject({
  user_id: id,
  promise_text: z.string().max(300).optional(),
  text: z.string().max(300).optional(),
  promise_date: moment.nullish(),
  due_at: moment.nullish(),
  status: z.string().default('pending'),
});
const identity = z.looseObject({
  user_id: id,
  name: z.string().nullish(),
  summary: z.string().max(2_000).nullish(),
  identity: z.string().max(2_000).nullish(),
  goals: z.array(z.string().max(2_000)).max(10).default([]),
  why: z.string().max(2_000).nullish(),
});
const call = z.looseObject({
  id,
  user_id: id,
  persona_id: id.optional(),
  started_at: moment,
  ended_at: moment.nullish(),
  summary: z.string().max(4_000).nullish(),
  transcript: z
    .array(z.looseObject({ role: z.string(), message: z.string().nullish(), text: z.string().nullish() }))
    .default([]),
});

export const accountabilityDump = z.looseObject({
  users: z.array(userRow),
  identity: z.array(identity).default([]),
  promises: z.array(promise).default([]),
  calls: z.array(call).default([]),
});
export type AccountabilityDump = z.infer<typeof accountabilityDump>;

/** The persona that the promises were made to, where nothing else is said. */
const PERSONA = 'mara';
const STATUS: Readonly<Record<string, 'kept' | 'broken' | 'moved'>> = {
  kept: 'kept',
  completed: 'kept',
  done: 'kept',
  broken: 'broken',
  failed: 'broken',
  missed: 'broken',
  moved: 'moved',
};

/** Takes a dump over. Doing it again adds nothing twice, and what was forgotten here in between stays forgotten. */
export async function importAccountability(parts: ImportParts, dump: AccountabilityDump): Promise<Counts> {
  const { tx } = parts;
  const known = await importUsers(tx, dump.users);
  const persona = personaOf(parts, parts.personas.get('default') ?? PERSONA);
  for (const { id: userId } of known.values()) await ensureRelationship(tx, userId, persona);
  let profiles = 0;
  for (const row of dump.identity)
    profiles += await importIdentity(parts, userOf(known, row.user_id, 'An identity').id, row);
  const promises = await importPromises(parts, known, persona, dump.promises);
  let lines = 0;
  for (const row of dump.calls) {
    const user = userOf(known, row.user_id, `Call ${row.id}`);
    const theirs = row.persona_id === undefined ? persona : personaOf(parts, row.persona_id);
    lines += await importTranscript(parts, user, { userId: user.id, persona: theirs }, row);
  }
  return { users: known.size, profiles, promises, calls: dump.calls.length, lines };
}

/** Who has a profile here keeps it. */
async function importIdentity(
  { tx }: ImportParts,
  userId: string,
  row: z.infer<typeof identity>,
): Promise<number> {
  const before = await profileOf(tx, userId);
  if (before.completedAt !== null) return 0;
  const theirs = row.identity ?? row.summary ?? row.name ?? null;
  await writeProfile(tx, userId, { identity: theirs, goals: row.goals, why: row.why ?? null });
  return 1;
}

async function importPromises(
  { tx, fingerprints }: ImportParts,
  known: ReadonlyMap<string, KnownUser>,
  persona: string,
  rows: AccountabilityDump['promises'],
): Promise<number> {
  const byUser = new Map<string, object[]>();
  for (const row of rows) {
    const { id: userId } = userOf(known, row.user_id, 'A promise');
    const made = {
      promise: row.promise_text ?? row.text ?? '',
      dueAt: row.due_at ?? row.promise_date ?? null,
      status: STATUS[row.status] ?? 'open',
    };
    byUser.set(userId, [...(byUser.get(userId) ?? []), made]);
  }
  let count = 0;
  for (const [userId, commitments] of byUser) {
    const taken = importedMemories.parse({ commitments });
    count += (await importMemories(tx, { userId, persona }, fingerprints, taken)).promises;
  }
  return count;
}

async function importTranscript(
  { tx }: ImportParts,
  user: KnownUser,
  scope: Scope,
  row: z.infer<typeof call>,
): Promise<number> {
  const callId = callIdOf(scope, `accountability ${row.id}`);
  const to = row.ended_at ?? row.started_at;
  await ensureRelationship(tx, scope.userId, scope.persona);
  const isNewCall = await importCall(tx, scope, {
    id: callId,
    toNumber: user.phoneNumber,
    from: row.started_at,
    to,
  });
  const said = row.transcript.flatMap(({ role, message, text }, seq) => {
    const words = message ?? text ?? '';
    const speaker = /^(?:user|caller)$/.test(role) ? ('caller' as const) : ('persona' as const);
    return words.trim() === '' ? [] : [{ callId, userId: user.id, seq, speaker, text: words, atMs: seq }];
  });
  const added =
    said.length === 0
      ? []
      : await tx.insert(callTurns).values(said).onConflictDoNothing().returning({ seq: callTurns.seq });
  const isNew = new Set(added.map(({ seq }) => seq)); // a line that was taken out does not come back
  await addTurns(
    tx,
    scope,
    callId,
    said
      .filter(({ seq }) => isNew.has(seq))
      .map(({ seq, speaker, text }) => ({ turnSeq: seq, speaker, text, at: row.started_at })),
  );
  if (row.summary != null && isNewCall)
    await tx
      .insert(callSummaries)
      .values({
        callId,
        ...scope,
        summary: row.summary,
        keyTopics: [],
        outcome: 'talked',
        at: to,
        madeBy: 'import',
      })
      .onConflictDoNothing();
  await touch(tx, scope);
  return added.length;
}
