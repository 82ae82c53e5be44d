import { parseArgs } from 'node:util';
import { sql } from 'drizzle-orm';
import { RingbackError } from '../errors.ts';
import { importedMemories, importMemories } from '../memory/import-memories.ts';
import { containerOf, type KeptElsewhere, type MemoryHome } from '../memory/mirror/home.ts';
import type { MemoryMirror } from '../memory/mirror/mirror.ts';
import { profileOf, writeProfile } from '../memory/profile.ts';
import { type Scope, SHARED } from '../memory/scope.ts';
import { everybody, type House, OPERATOR, type Person, personOf, withHouse } from './house.ts';
import { progress, type Row, show, table } from './output.ts';

const options = {
  user: { type: 'string' },
  from: { type: 'string' },
  persona: { type: 'string', default: 'brad' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** Copies facts, promises, summaries and profiles to the other home. What is there already is not sent again. */
export async function push(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  await withHouse(async (house) => {
    const { mirror } = homeOf(house);
    const results: Row[] = [];
    for (const person of await people(house, values.user)) {
      const done = { user: person.displayName, put: 0, removed: 0 };
      for (const scope of await scopesOf(house, person)) {
        const tell = progress(`${person.displayName}${scope.persona === SHARED ? '' : `, ${scope.persona}`}`);
        const followed = await mirror.follow(scope, { dryRun: values['dry-run'] === true, onStep: tell });
        done.put += followed.put;
        done.removed += followed.removed;
      }
      results.push(done);
    }
    show(values.json === true, results, () => table(results));
  });
}

/** Takes over what the other home has and we do not. Broken off, it goes on where it was: what is known is confirmed. */
export async function pull(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  if (values.from !== undefined && values.user === undefined)
    throw new RingbackError('usage', '--from needs --user: whose memories are they?', {
      remedy: 'npx ringback memory pull --user +15551230000 --from <their name there>',
    });
  await withHouse(async (house) => {
    const { home } = homeOf(house);
    const { slug: persona } = await house.personas.current(values.persona);
    const results: Row[] = [];
    for (const person of await people(house, values.user)) {
      const scope = { userId: person.id, persona };
      const containers = values.from === undefined ? [containerOf(scope), person.phoneNumber] : [values.from];
      const found = await foreignItems(home, containers, person.displayName);
      results.push({
        user: person.displayName,
        found: found.length,
        ...(values['dry-run'] === true ? {} : await takeOver(house, scope, found)),
      });
    }
    show(values.json === true, results, () => table(results));
  });
}

/** What did not come from here. The customer's memory server kept callers under their numbers. */
async function foreignItems(
  home: MemoryHome,
  containers: readonly string[],
  who: string,
): Promise<KeptElsewhere[]> {
  const found: KeptElsewhere[] = [];
  const tell = progress(who);
  for (const container of containers)
    for await (const kept of home.list(container))
      if (kept.ref === null && kept.text.trim() !== '') found.push(kept);
  tell(found.length, found.length);
  return found;
}

/** By what they say of themselves: promises, profiles, and for the rest facts. */
async function takeOver(house: House, scope: Scope, found: readonly KeptElsewhere[]) {
  const typeOf = ({ metadata }: KeptElsewhere) => String(metadata.type ?? '');
  const isPromise = (item: KeptElsewhere) => /^(?:promise|commitment)$/.test(typeOf(item));
  const isProfile = (item: KeptElsewhere) => /^(?:profile|identity)$/.test(typeOf(item));
  const imported = importedMemories.parse({
    memories: found
      .filter((item) => !isPromise(item) && !isProfile(item))
      .map(({ text, createdAt }) => ({ text: text.slice(0, 2_000), validFrom: createdAt })),
    commitments: found.filter(isPromise).map(({ text, metadata }) => ({
      promise: text.slice(0, 300),
      status: ['kept', 'broken', 'moved'].includes(String(metadata.status)) ? metadata.status : 'open',
      dueAt: typeof metadata.due === 'string' ? metadata.due : null,
    })),
  });
  return house.db.as(OPERATOR, async (tx) => {
    const count = await importMemories(tx, scope, house.fingerprints, imported);
    const [profile] = found.filter(isProfile);
    const { identity } = await profileOf(tx, scope.userId);
    if (profile !== undefined && identity === null)
      await writeProfile(tx, scope.userId, { identity: profile.text.slice(0, 2_000) });
    return { ...count };
  });
}

function homeOf({ mirror, home }: House): { mirror: MemoryMirror; home: MemoryHome } {
  if (mirror !== null && home !== null) return { mirror, home };
  throw new RingbackError('mirror_off', 'No other memory home is configured.', {
    remedy: 'Set MEMORY_MIRROR to supermemory or openmemory, with its key.',
  });
}

async function people({ db }: House, phone: string | undefined): Promise<Person[]> {
  return phone === undefined ? everybody(db) : [await personOf(db, phone)];
}

async function scopesOf({ db }: House, { id: userId }: Person): Promise<Scope[]> {
  const rows = await db.as(OPERATOR, (tx) =>
    tx.execute<{ persona: string }>(
      sql`select persona from user_persona_relationships where user_id = ${userId} order by persona`,
    ),
  );
  return [{ userId, persona: SHARED }, ...rows.map(({ persona }) => ({ userId, persona }))];
}
