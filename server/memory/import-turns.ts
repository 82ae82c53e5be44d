import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { calls, callTurns, userPersonaRelationships, users } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { addTurns } from './documents.ts';
import { type Scope, touch } from './scope.ts';

/** A turn of a conversation that was held elsewhere. */
export interface ImportedTurn {
  speaker: string;
  /** Name of the conversation; with the relationship it names a call. */
  session: string;
  seq: number;
  text: string;
  at: Date;
}

const PERSONA_SPEAKERS = new Set(['persona', 'agent', 'assistant', 'ai', 'bot']);

/**
 * Takes conversations over as calls that are over: their turns can be read and searched. Importing the same again adds
 * nothing twice.
 * @returns the call of each session.
 * @throws RingbackError `user_unknown`.
 */
export async function importTurns(
  db: Database,
  actor: Actor,
  scope: Scope,
  turns: readonly ImportedTurn[],
): Promise<Record<string, string>> {
  const bySession = new Map<string, ImportedTurn[]>();
  for (const turn of turns) bySession.set(turn.session, [...(bySession.get(turn.session) ?? []), turn]);
  return db.as(actor, async (tx) => {
    const [user] = await tx
      .select({ phoneNumber: users.phoneNumber })
      .from(users)
      .where(sql`${users.id} = ${scope.userId}`);
    if (user === undefined)
      throw new RingbackError('user_unknown', 'There is no such user.', { remedy: 'Check the userId.' });
    await tx.insert(userPersonaRelationships).values(scope).onConflictDoNothing();
    const callIds: Record<string, string> = {};
    for (const [session, said] of bySession) {
      const callId = callIdOf(scope, session);
      callIds[session] = callId;
      const ordered = [...said].sort((a, b) => a.seq - b.seq);
      const [first, last] = [ordered[0]?.at ?? new Date(), ordered.at(-1)?.at ?? new Date()];
      await importCall(tx, scope, { id: callId, toNumber: user.phoneNumber, from: first, to: last });
      const added = await tx
        .insert(callTurns)
        .values(
          ordered.map(({ speaker, seq, text, at }) => ({
            callId,
            userId: scope.userId,
            seq,
            speaker: isPersona(speaker, scope.persona) ? ('persona' as const) : ('caller' as const),
            text,
            atMs: Math.max(0, Math.min(at.getTime() - first.getTime(), 2 ** 31 - 1)),
          })),
        )
        .onConflictDoNothing()
        .returning({ seq: callTurns.seq });
      // Only what is new: a line that its user had taken out does not come back with the same file.
      const isNew = new Set(added.map(({ seq }) => seq));
      await addTurns(
        tx,
        scope,
        callId,
        ordered.filter(({ seq }) => isNew.has(seq)).map(({ seq, ...turn }) => ({ ...turn, turnSeq: seq })),
      );
    }
    await touch(tx, scope);
    return callIds;
  });
}

/**
 * A call that was held elsewhere: over, and paid for there. Importing it again changes nothing.
 * @returns whether it is new here.
 */
export async function importCall(
  tx: Transaction,
  scope: Scope,
  { id, toNumber, from, to }: { id: string; toNumber: string; from: Date; to: Date },
): Promise<boolean> {
  const made = await tx
    .insert(calls)
    .values({
      id,
      ...scope,
      direction: 'outbound',
      toNumber,
      fromNumber: 'imported',
      state: 'ended',
      createdAt: from,
      answeredAt: from,
      endedAt: to,
      endReason: 'imported',
      rememberedAt: new Date(),
    })
    .onConflictDoNothing()
    .returning({ id: calls.id });
  return made.length > 0;
}

/** The same conversation always becomes the same call. */
export function callIdOf({ userId, persona }: Scope, session: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([userId, persona, session]))
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80; // version 8: an identifier of our own making (RFC 9562)
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function isPersona(speaker: string, persona: string): boolean {
  const name = speaker.trim().toLowerCase();
  return name === persona || PERSONA_SPEAKERS.has(name);
}
