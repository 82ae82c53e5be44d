import { createHash } from 'node:crypto';
import { and, asc, desc, eq, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { personas, personaVersions } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { NO_VOICE, type Persona, personaFiles } from './persona.ts';
import { type PersonaSettings, personaSettings } from './persona-settings.ts';

const SYSTEM: Actor = { kind: 'system', purpose: 'personas' };
/** One version at a time is added; any constant that all instances share. */
const LOCK = 727_403;

/** What became of a persona's file. */
export interface SyncResult {
  slug: string;
  /** kept: an admin changed the persona since, and a file does not undo that unasked. */
  done: 'added' | 'updated' | 'unchanged' | 'kept';
}

/** Who can call: from files at first, then as admins made them. Every change is a new version. */
export class Personas {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Takes the files in prompts/personas over. @param force also where an admin changed a persona since. */
  async sync({ force = false } = {}): Promise<SyncResult[]> {
    const files = await personaFiles();
    return this.#db.as(SYSTEM, async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
      const results: SyncResult[] = [];
      for (const file of files) results.push({ slug: file.slug, done: await syncOne(tx, file, force) });
      return results;
    });
  }

  /** @throws RingbackError `persona_unknown`. */
  async current(slug: string): Promise<Persona> {
    const found = await this.#db.as(SYSTEM, (tx) => newest(tx, slug));
    if (found === undefined) throw unknown(slug);
    return personaOf(found);
  }

  /** Those that can call. */
  async list(actor: Actor): Promise<Array<Persona & { version: number; source: string }>> {
    const rows = await this.#db.as(actor, (tx) =>
      tx
        .select({ row: personaVersions })
        .from(personaVersions)
        .innerJoin(
          personas,
          and(eq(personas.slug, personaVersions.slug), eq(personas.version, personaVersions.version)),
        )
        .orderBy(asc(personas.slug)),
    );
    return rows
      .map(({ row }) => ({ ...personaOf(row), version: row.version, source: row.source }))
      .filter(({ voice }) => voice !== NO_VOICE);
  }

  /** Changes a persona for the calls to come. @returns it as it is then. */
  async edit(
    actor: Actor,
    slug: string,
    change: { settings?: Partial<PersonaSettings>; description?: string },
  ): Promise<Persona & { version: number }> {
    return this.#db.as(actor, async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
      const before = await newest(tx, slug);
      if (before === undefined) throw unknown(slug);
      const settings = personaSettings.parse({ ...(before.settings as object), ...change.settings });
      const description = change.description ?? before.description;
      const version = await addVersion(tx, { slug, settings, description, source: 'admin' });
      return { ...settings, slug, description, version };
    });
  }
}

type VersionRow = typeof personaVersions.$inferSelect;

async function newest(tx: Transaction, slug: string): Promise<VersionRow | undefined> {
  const [row] = await tx
    .select()
    .from(personaVersions)
    .where(eq(personaVersions.slug, slug))
    .orderBy(desc(personaVersions.version))
    .limit(1);
  return row;
}

async function syncOne(tx: Transaction, file: Persona, force: boolean): Promise<SyncResult['done']> {
  const { slug, description, ...settings } = file;
  const known = await newest(tx, slug);
  const wanted = { slug, settings, description, source: 'file' as const };
  if (known !== undefined) {
    if (digestOf(known.settings, known.description) === digestOf(settings, description)) return 'unchanged';
    if (known.source === 'admin' && !force) return 'kept';
  }
  await addVersion(tx, wanted);
  return known === undefined ? 'added' : 'updated';
}

async function addVersion(
  tx: Transaction,
  version: Omit<typeof personaVersions.$inferInsert, 'version'>,
): Promise<number> {
  const [row] = await tx
    .insert(personas)
    .values({ slug: version.slug, version: 1 })
    .onConflictDoUpdate({ target: personas.slug, set: { version: sql`${personas.version} + 1` } })
    .returning({ version: personas.version });
  if (row === undefined) throw new Error('the database returned no row for an insert');
  await tx.insert(personaVersions).values({ ...version, version: row.version });
  return row.version;
}

/** Keys in one order, because a database gives JSON back in its own. */
function digestOf(settings: unknown, description: string): string {
  const ordered = Object.entries(settings as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([ordered, description]))
    .digest('hex');
}

function personaOf({ slug, settings, description }: VersionRow): Persona {
  return { ...personaSettings.parse(settings), slug, description };
}

function unknown(slug: string): RingbackError {
  return new RingbackError('persona_unknown', `There is no persona "${slug}".`, {
    remedy: 'GET /api/personas lists those that there are; each file in prompts/personas is one.',
  });
}
