import { sql } from 'drizzle-orm';
import type { Transaction } from '../../../db/connection.ts';
import { type Scope, SHARED } from '../scope.ts';
import { type DocumentRow, documentOf } from './load.ts';
import type { Hit } from './memory-index.ts';
import type { Query } from './query.ts';
import { tellingWords } from './words.ts';

/** More words make the query slow and the answer no better. */
const MOST_WORDS = 24;

/**
 * Search for memories that are too many to be indexed in time: whatever has one of the words, ranked by PostgreSQL. The
 * words become lexemes there and are quoted there; nothing that was typed is read as a query.
 */
export async function searchInDatabase(
  tx: Transaction,
  { userId, persona }: Scope,
  { text, keywords = [] }: Query,
  limit: number,
): Promise<Hit[]> {
  // Words hold letters and digits alone, so nothing that PostgreSQL cannot take.
  const words = [...new Set(tellingWords([text, ...keywords].join(' ')))].slice(0, MOST_WORDS);
  if (words.length === 0) return [];
  const rows = await tx.execute<Record<string, unknown>>(sql`
    with q as materialized (
      select string_agg(quote_literal(lexeme), ' | ')::tsquery as any_word
      from unnest(to_tsvector('english', ${words.join(' ')})))
    select d.id, d.kind, d.memory_id as "memoryId", d.call_id as "callId", d.turn_seq as "turnSeq", d.speaker,
      d.at, d.text, d.label, d.aliases, null as cites, ts_rank(d.tsv, q.any_word) as score
    from memory_documents d, q
    where d.user_id = ${userId} and d.persona in (${persona}, ${SHARED}) and d.tsv @@ q.any_word
    order by score desc, d.at desc, d.id desc limit ${limit}`);
  return rows.map((row) => ({
    document: documentOf({ ...(row as unknown as DocumentRow), at: new Date(String(row.at)) }),
    score: Number(row.score),
  }));
}
