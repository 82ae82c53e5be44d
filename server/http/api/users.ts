import { and, count, desc, eq, ilike, max, or, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { calls, users } from '../../../db/schema/index.ts';
import { type Route, route } from '../routes.ts';
import { usersShape } from '../shapes/users.ts';

/** Whom personas talk to. */
export function userRoutes(db: Database): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/users',
      role: 'admin',
      summary: 'Users, those whom somebody talked to last first.',
      query: z.object({
        id: z.uuid().optional(),
        /** Part of a name or of a number. */
        search: z.string().max(80).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
      answer: {
        status: 200,
        description: 'With how many calls there were, and the last one.',
        schema: usersShape,
      },
      handle: async ({ actor, query: { id, search, limit } }) => ({
        users: await db.as(actor, (tx) =>
          tx
            .select({
              id: users.id,
              displayName: users.displayName,
              phoneNumber: users.phoneNumber,
              timeZone: users.timeZone,
              calls: count(calls.id),
              lastCallAt: max(calls.createdAt),
            })
            .from(users)
            .leftJoin(calls, eq(calls.userId, users.id))
            .where(and(id === undefined ? undefined : eq(users.id, id), named(search)))
            .groupBy(users.id)
            .orderBy(sql`max(${calls.createdAt}) desc nulls last`, desc(users.id))
            .limit(limit),
        ),
      }),
    }),
  ];
}

/** Whatever somebody types is looked for as it stands: % and _ are nothing special. */
function named(search: string | undefined) {
  if (search === undefined || search.trim() === '') return undefined;
  const part = `%${search.trim().replace(/[\\%_]/g, '\\$&')}%`;
  return or(ilike(users.displayName, part), ilike(users.phoneNumber, part));
}
