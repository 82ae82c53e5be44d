import { parseArgs } from 'node:util';
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { callSummaries, calls, userPersonaRelationships } from '../../db/schema/index.ts';
import { openPromises } from '../memory/commitments.ts';
import { labelOf } from '../memory/documents.ts';
import { profileOf } from '../memory/profile.ts';
import { SHARED } from '../memory/scope.ts';
import { type House, OPERATOR, type Person, personOf, withHouse } from './house.ts';
import { progress, show, table } from './output.ts';
import { needed, runSubcommand } from './subcommands.ts';

const USAGE = `npx ringback profile show +15551230000 [--json]     who somebody is, and what each persona knows of them
npx ringback profile build +15551230000 [--json]    learns from their conversations that were not learned from, then shows
`;

export function profile(args: string[]): Promise<void> {
  return runSubcommand(USAGE, { show: showProfile, build }, args);
}

const options = { json: { type: 'boolean' } } as const;

async function showProfile(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [phone = ''] = needed(USAGE, positionals, 'The phone number');
  await withHouse((house) => print(house, phone, values.json === true));
}

async function build(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [phone = ''] = needed(USAGE, positionals, 'The phone number');
  await withHouse(
    async (house) => {
      const person = await personOf(house.db, phone);
      const waiting = await unlearned(house, person);
      const tell = progress('Conversations');
      for (const [i, callId] of waiting.entries()) {
        await house.learning.learnFrom(callId);
        tell(i + 1, waiting.length);
      }
      await print(house, phone, values.json === true);
    },
    { models: true },
  );
}

/** Conversations that nobody has learned from, oldest first. */
async function unlearned({ db }: House, { id }: Person): Promise<string[]> {
  const rows = await db.as(OPERATOR, (tx) =>
    tx
      .select({ id: calls.id })
      .from(calls)
      .leftJoin(callSummaries, eq(callSummaries.callId, calls.id))
      .where(and(eq(calls.userId, id), eq(calls.state, 'ended'), isNull(callSummaries.callId)))
      .orderBy(asc(calls.createdAt)),
  );
  return rows.map((row) => row.id);
}

async function print(house: House, phone: string, asJson: boolean): Promise<void> {
  const person = await personOf(house.db, phone);
  const known = await knownOf(house, person);
  show(asJson, known, () => {
    const { identity, goals, why, progress: notes } = known.profile;
    const lines = [
      ['name', person.displayName],
      ['time zone', person.timeZone],
      ['who they are', identity],
      ...goals.map((goal) => ['goal', goal]),
      ['why', why],
      ...notes.map(({ at, text }) => [`progress ${at.slice(0, 10)}`, text]),
    ].filter(([, value]) => value !== null);
    const parts = known.personas.map(({ persona, relationship, calls: count, facts, promises }) =>
      [
        `\n${persona}: ${relationship}, ${count} calls`,
        table(facts),
        promises.length === 0 ? '' : `Promises\n${table(promises)}`,
      ].join('\n'),
    );
    return `${lines.map(([name, value]) => `${String(name).padEnd(20)} ${value}`).join('\n')}\n${parts.join('\n')}`;
  });
}

async function knownOf({ db, book }: House, person: Person) {
  const relationships = await db.as(OPERATOR, (tx) =>
    tx
      .select()
      .from(userPersonaRelationships)
      .where(and(eq(userPersonaRelationships.userId, person.id), sql`persona <> ${SHARED}`))
      .orderBy(asc(userPersonaRelationships.persona)),
  );
  const personas = await Promise.all(
    relationships.map(async ({ persona, relationshipType, totalCalls }) => {
      const scope = { userId: person.id, persona };
      const facts = (await book.list(OPERATOR, scope, null)).filter(({ status }) => status === 'active');
      const promises = await db.as(OPERATOR, (tx) => openPromises(tx, scope));
      return {
        persona,
        relationship: relationshipType,
        calls: totalCalls,
        facts: facts.map(({ category, slot, text, source }) => ({
          category,
          what: labelOf(slot),
          fact: text,
          source,
        })),
        promises: promises.map(({ promise, dueAt }) => ({
          promise,
          due: dueAt === null ? '' : dueAt.toISOString(),
        })),
      };
    }),
  );
  const { phoneNumber, displayName, timeZone } = person;
  const profile = await db.as(OPERATOR, (tx) => profileOf(tx, person.id));
  return { phoneNumber, displayName, timeZone, profile, personas };
}
