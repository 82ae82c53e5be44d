import type { Actor, Database } from '../../../db/connection.ts';
import { auditLog } from '../../../db/schema/index.ts';

const SYSTEM: Actor = { kind: 'system', purpose: 'audit' };

export interface AuditEntry {
  /** Null for somebody who did not prove who they are. */
  actor: Actor | null;
  action: string;
  status: number;
  /** Ids only: never what was sent. */
  subject: Record<string, string>;
}

/** Writes down who did what, and what was refused. */
export async function audit(db: Database, { actor, action, status, subject }: AuditEntry): Promise<void> {
  await db.as(SYSTEM, (tx) =>
    tx.insert(auditLog).values({
      actorKind: actor?.kind ?? 'nobody',
      actorId: actor === null ? null : idOf(actor),
      action,
      status,
      subject,
    }),
  );
}

function idOf(actor: Actor): string {
  if (actor.kind === 'user') return actor.userId;
  return actor.kind === 'admin' ? actor.tokenId : actor.purpose;
}
