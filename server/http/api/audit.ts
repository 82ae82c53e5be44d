import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { listAudit } from '../access/audit.ts';
import { present, type Route, route } from '../routes.ts';
import { auditShape } from '../shapes/house.ts';

/** Who did what, and what was refused. */
export function auditRoutes(db: Database): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/audit',
      role: 'admin',
      summary: 'Every change and every refusal: who, what, how it ended; newest first, never what was in it.',
      query: z.object({
        before: z.coerce.number().int().min(1).optional(),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
      answer: {
        status: 200,
        description: 'Give the last id as "before" for older ones.',
        schema: auditShape,
      },
      handle: async ({ actor, query: { limit, ...rest } }) => ({
        entries: await listAudit(db, actor, { ...present(rest), limit }),
      }),
    }),
  ];
}
