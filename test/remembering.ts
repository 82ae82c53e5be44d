import { eq } from 'drizzle-orm';
import { calls, users } from '../db/schema/index.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../db/temporary.ts';
import { systemClock } from '../server/clock.ts';
import { createLogger } from '../server/log.ts';
import type { Memory, Rememberer } from '../server/memory/facts.ts';
import { Fingerprints } from '../server/memory/fingerprints.ts';
import { importTurns } from '../server/memory/import-turns.ts';
import { MemoryBook } from '../server/memory/memory-book.ts';
import type { Scope } from '../server/memory/scope.ts';
import { MemorySearch } from '../server/memory/search/memory-search.ts';
import { Personas } from '../server/persona/personas.ts';
import { PersonaRelationshipManager } from '../server/persona/relationships.ts';

/** Long-term memory as the customer's document shows it. */
export const DOCUMENTED = {
  relationship_facts: { how_we_met: 'College party 2020', trust_level: 'high' },
  user_facts: { job: 'Software Engineer', allergies: ['peanuts'] },
  inside_jokes: ['The burrito incident', 'Never trust a Trevor'],
  important_memories: [{ event: 'Breakup with ex', date: '2022-03-15', significance: 'high' }],
  preferences: { greeting_style: 'casual' },
};

export const SYSTEM = { kind: 'system', purpose: 'test' } as const;

/** Memory without telephones: real database, the code that calls use. */
export class RememberingHouse {
  readonly database: TemporaryDatabase;
  readonly personas: Personas;
  readonly relationships: PersonaRelationshipManager;
  readonly book: MemoryBook;
  readonly search: MemorySearch;
  readonly fingerprints = new Fingerprints(Buffer.from('a key of the test'));
  #users = 0;

  private constructor(database: TemporaryDatabase) {
    const { db } = database;
    this.database = database;
    this.personas = new Personas(db);
    this.relationships = new PersonaRelationshipManager(db, this.fingerprints);
    this.book = new MemoryBook(db, this.fingerprints);
    this.search = new MemorySearch({ db, clock: systemClock, log: createLogger('silent') });
  }

  static async open(): Promise<RememberingHouse> {
    const house = new RememberingHouse(await openTemporaryDatabase());
    await house.personas.sync();
    return house;
  }

  close(): Promise<void> {
    return this.database.close();
  }

  async user(displayName = 'Alice'): Promise<string> {
    const phoneNumber = `+1555${String(6_000_000 + this.#users++)}`;
    const [row] = await this.database.db.as(SYSTEM, (tx) =>
      tx.insert(users).values({ phoneNumber, displayName }).returning({ id: users.id }),
    );
    return row?.id ?? '';
  }

  /** A new user, and Brad. */
  async scope(): Promise<Scope> {
    return { userId: await this.user('Anna'), persona: 'brad' };
  }

  /** A call that has ended and was not learned from; each line is `speaker: text`. */
  async heldCall(scope: Scope, lines: readonly string[]): Promise<string> {
    const { db } = this.database;
    const session = crypto.randomUUID();
    const turns = lines.map((line, seq) => {
      const [speaker = '', ...said] = line.split(': ');
      const at = new Date(Date.now() - 600_000 + seq * 5_000);
      return { speaker, session, seq, text: said.join(': '), at };
    });
    const callId = (await importTurns(db, SYSTEM, scope, turns))[session] ?? '';
    await db.as(SYSTEM, (tx) => tx.update(calls).set({ rememberedAt: null }).where(eq(calls.id, callId)));
    return callId;
  }

  /** A fact without a slot, as extraction takes it in where `by` says nothing else. */
  async remember(scope: Scope, text: string, by: Rememberer = 'extraction'): Promise<Memory> {
    const proposal = { text, category: 'user_facts', source: 'stated' } as const;
    const outcome = await this.book.add(SYSTEM, scope, proposal, by);
    if (outcome.operation === 'blocked') throw new Error('the memory was forgotten before');
    return outcome.memory;
  }

  /** Slot, text and status of every fact, in order. */
  async facts(scope: Scope) {
    return (await this.book.list(SYSTEM, scope, null)).map(({ slot, text, status }) => [slot, text, status]);
  }

  /** Every text in the whole database, to look for what should be gone. */
  async everything(): Promise<string> {
    const { db } = this.database;
    return db.as(SYSTEM, async (tx) => {
      const tables = await tx.execute<{ name: string }>(
        "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
      );
      const rows: unknown[] = [];
      for (const { name } of tables)
        rows.push(...(await tx.execute(`select to_jsonb(t) as row from ${name} t`)));
      return JSON.stringify(rows);
    });
  }
}
