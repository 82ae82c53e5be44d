import { eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Database, Transaction } from '../../../db/connection.ts';
import { AGE_BANDS, users } from '../../../db/schema/index.ts';
import { RingbackError } from '../../errors.ts';
import { type Profile, profileOf, writeProfile } from '../../memory/profile.ts';
import { storable } from '../../memory/storable.ts';
import { present, type Route, route } from '../routes.ts';
import { profileShape } from '../shapes/users.ts';
import { subjectOf } from './budgets.ts';
import { timeZone } from './fields.ts';
import { ofUser } from './relationship-scope.ts';

const MOST_TEXT = 2_000;
const text = z.string().trim().min(1).max(MOST_TEXT);
const change = z.strictObject({
  displayName: z.string().trim().min(1).max(80).optional(),
  timeZone: timeZone.optional(),
  ageBand: z.enum(AGE_BANDS).optional(),
  identity: text.nullable().optional(),
  goals: z.array(text).max(10).optional(),
  why: text.nullable().optional(),
  progress: z
    .array(z.strictObject({ at: z.iso.datetime({ offset: true }), text }))
    .max(50)
    .optional(),
});

/** Who a user is, in their own words; what a first conversation found out of it can be read and changed here. */
export function profileRoutes(db: Database): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/user/profile',
      role: 'user',
      summary: 'Who a user is: name, time zone, and what they told about themselves.',
      query: ofUser,
      answer: {
        status: 200,
        description: 'The profile; fields that nobody filled in are null or empty.',
        schema: profileShape,
      },
      handle: ({ actor, query }) => {
        const userId = subjectOf(actor, query.userId);
        return db.as(actor, async (tx) => told(await person(tx, userId), await profileOf(tx, userId)));
      },
    }),
    route({
      method: 'patch',
      path: '/api/user/profile',
      role: 'user',
      summary:
        'Changes parts of a profile; what is left out stays. No persona changes what was written here.',
      query: ofUser,
      body: change,
      answer: { status: 200, description: 'The profile as it is now.', schema: profileShape },
      handle: ({ actor, query, body }) => {
        const userId = subjectOf(actor, query.userId);
        const { displayName, timeZone: zone, ageBand, ...words } = present(storable(body));
        return db.as(actor, async (tx) => {
          const before = await person(tx, userId);
          if (before.ageBand === 'minor' && ageBand === 'adult' && actor.kind === 'user') throw staysMinor();
          const after = {
            displayName: displayName ?? before.displayName,
            timeZone: zone ?? before.timeZone,
            ageBand: ageBand ?? before.ageBand,
          };
          const stated = zone === undefined ? {} : { zoneStated: true };
          await tx
            .update(users)
            .set({ ...after, ...stated })
            .where(eq(users.id, userId));
          const profile =
            Object.keys(words).length > 0
              ? await writeProfile(tx, userId, words)
              : await profileOf(tx, userId);
          return told({ ...before, ...after }, profile);
        });
      },
    }),
  ];
}

type Person = Pick<typeof users.$inferSelect, 'phoneNumber' | 'displayName' | 'timeZone' | 'ageBand'>;

async function person(tx: Transaction, userId: string): Promise<Person> {
  const [row] = await tx
    .select({
      phoneNumber: users.phoneNumber,
      displayName: users.displayName,
      timeZone: users.timeZone,
      ageBand: users.ageBand,
    })
    .from(users)
    .where(eq(users.id, userId));
  if (row !== undefined) return row;
  throw new RingbackError('user_unknown', 'There is no such user.', { remedy: 'Check the userId.' });
}

function staysMinor(): RingbackError {
  return new RingbackError('age_stated', 'Somebody who was said to be under 18 does not change that alone.', {
    remedy: 'Ask the house; an admin can.',
  });
}

function told(person: Person, { identity, goals, why, progress, completedAt }: Profile) {
  return { ...person, identity, goals, why, progress, completedAt };
}
