import { desc, lt } from 'drizzle-orm';
import type { RequestHandler } from 'express';
import type { Actor, Database } from '../../../db/connection.ts';
import { auditLog } from '../../../db/schema/index.ts';
import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';

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

/**
 * Writes down what comes in beside /api: every refusal, and where `changes` is set every change too. The path is left
 * out, because it may hold a key.
 */
export function auditing(
  { db, log }: { db: Database; log: Logger },
  place: string,
  { changes }: { changes: boolean },
): RequestHandler {
  return (request, response, next) => {
    response.once('finish', () => {
      const { statusCode: status } = response;
      const isRefused = status >= 400 && status < 500;
      if (!isRefused && !(changes && request.method !== 'GET')) return;
      noted(log, audit(db, { actor: null, action: `${request.method} ${place}`, status, subject: {} }));
    });
    next();
  };
}

/** An answer does not wait for the audit log; when that cannot be written, the log says so. */
export function noted(log: Logger, writing: Promise<void>): void {
  writing.catch((error: unknown) =>
    log.error({ problem: describeError(error) }, 'the audit log could not be written'),
  );
}

function idOf(actor: Actor): string {
  if (actor.kind === 'user') return actor.userId;
  return actor.kind === 'admin' ? actor.tokenId : actor.purpose;
}

/** What was written down, newest first, from before an entry on. */
export function listAudit(db: Database, actor: Actor, { before, limit }: { before?: number; limit: number }) {
  return db.as(actor, (tx) =>
    tx
      .select()
      .from(auditLog)
      .where(before === undefined ? undefined : lt(auditLog.id, before))
      .orderBy(desc(auditLog.id))
      .limit(limit),
  );
}
