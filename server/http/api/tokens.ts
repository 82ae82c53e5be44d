import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { RingbackError } from '../../errors.ts';
import { allows, SCOPE } from '../access/scopes.ts';
import { issueToken, listTokens, revokeToken } from '../access/tokens.ts';
import { type Route, route } from '../routes.ts';
import { tokensShape } from '../shapes/house.ts';

const DAY_MS = 24 * 3_600_000;
const tokenParams = z.object({ id: z.uuid() });

/** Tokens for programs. */
export function tokenRoutes(db: Database, wallMs: () => number): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/tokens',
      role: 'admin',
      summary: 'Makes a token for a program, with no more rights than the request has.',
      body: z
        .strictObject({
          label: z.string().min(1).max(80),
          role: z.enum(['admin', 'user']),
          userId: z.uuid().optional(),
          scopes: z.array(z.string().regex(SCOPE, 'such as calls:read, or *')).min(1).max(50),
          expiresInDays: z.number().int().min(1).max(3_650).optional(),
        })
        .refine(({ role, userId }) => (role === 'user') === (userId !== undefined), {
          message: 'a user’s token names its user, an admin’s names none',
          path: ['userId'],
        }),
      answer: { status: 201, description: 'The token, which is told this one time.' },
      handle: async ({ body, scopes }) => {
        const { expiresInDays, userId, ...token } = body;
        const excess = token.scopes.find((scope) => !allows(scopes, scope));
        if (excess !== undefined)
          throw new RingbackError('scope_excess', `This request may not give the scope ${excess}.`, {
            remedy: 'Leave it out, or sign in as admin.',
          });
        const secret = await issueToken(db, {
          ...token,
          ...(userId === undefined ? {} : { userId }),
          ...(expiresInDays === undefined ? {} : { expiresAt: new Date(wallMs() + expiresInDays * DAY_MS) }),
        });
        return { token: secret };
      },
    }),
    route({
      method: 'get',
      path: '/api/tokens',
      role: 'admin',
      summary: 'The tokens that there are, newest first, without their secrets.',
      answer: {
        status: 200,
        description: 'Label, role, scopes, and until when each is valid.',
        schema: tokensShape,
      },
      handle: async ({ actor }) => ({ tokens: await listTokens(db, actor) }),
    }),
    route({
      method: 'delete',
      path: '/api/tokens/:id',
      role: 'admin',
      summary: 'Takes a token out of use.',
      params: tokenParams,
      answer: { status: 200, description: 'It opens nothing any more.' },
      handle: async ({ actor, params }) => {
        await revokeToken(db, actor, params.id);
        return { id: params.id, revoked: true };
      },
    }),
  ];
}
