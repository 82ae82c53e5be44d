import { asc, eq } from 'drizzle-orm';
import type { Transaction } from '../../../db/connection.ts';
import { memories, memoryDocuments } from '../../../db/schema/index.ts';
import { type Scope, visibleTo } from '../scope.ts';
import type { MemoryDocument } from './memory-index.ts';

/** Everything that a relationship can be searched for, oldest first. */
export async function loadDocuments(tx: Transaction, scope: Scope): Promise<MemoryDocument[]> {
  const rows = await tx
    .select({
      id: memoryDocuments.id,
      kind: memoryDocuments.kind,
      memoryId: memoryDocuments.memoryId,
      callId: memoryDocuments.callId,
      turnSeq: memoryDocuments.turnSeq,
      speaker: memoryDocuments.speaker,
      at: memoryDocuments.at,
      text: memoryDocuments.text,
      label: memoryDocuments.label,
      aliases: memoryDocuments.aliases,
      cites: memories.turnSeqs,
    })
    .from(memoryDocuments)
    .leftJoin(memories, eq(memories.id, memoryDocuments.memoryId))
    .where(visibleTo(scope, memoryDocuments))
    .orderBy(asc(memoryDocuments.at), asc(memoryDocuments.callId), asc(memoryDocuments.turnSeq));
  return rows.map(documentOf);
}

export interface DocumentRow {
  id: number;
  kind: 'turn' | 'fact';
  memoryId: string | null;
  callId: string | null;
  turnSeq: number;
  speaker: string | null;
  at: Date;
  text: string;
  label: string;
  aliases: string;
  cites: number[] | null;
}

export function documentOf(row: DocumentRow): MemoryDocument {
  const { kind, memoryId, callId, turnSeq, speaker, at, text, label, aliases, cites } = row;
  return {
    id: memoryId ?? `${callId}:${turnSeq}`,
    kind,
    session: callId ?? '',
    seq: turnSeq,
    speaker,
    atMs: at.getTime(),
    text,
    label,
    aliases: aliases === '' ? [] : [aliases],
    cites: cites ?? [],
  };
}
