import { users } from '../db/schema/index.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../db/temporary.ts';
import { systemClock } from '../server/clock.ts';
import { createLogger } from '../server/log.ts';
import { Fingerprints } from '../server/memory/fingerprints.ts';
import { MemoryBook } from '../server/memory/memory-book.ts';
import { MemorySearch } from '../server/memory/search/memory-search.ts';
import { Personas } from '../server/persona/personas.ts';
import { PersonaRelationshipManager } from '../server/persona/relationships.ts';

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
