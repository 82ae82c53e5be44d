import type { Response } from 'express';
import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { RingbackError } from '../../errors.ts';
import type { SmsSender } from '../../telephony/sms.ts';
import { presentedSecret, sessionCookieName } from '../access/authenticate.ts';
import { type Challenges, newCode } from '../access/challenges.ts';
import { closeSession, openSession } from '../access/sessions.ts';
import { userIdOf } from '../access/users.ts';
import { type Route, route } from '../routes.ts';

export interface SessionRoutesParts {
  db: Database;
  challenges: Challenges;
  sms: SmsSender;
  publicBaseUrl: string;
}

const CODE_VALID_MS = 5 * 60_000;
const CODE_ATTEMPTS = 5;

/** Signing in and out. A user proves their number with a code by text; an admin begins with the link of the first start. */
export function sessionRoutes(parts: SessionRoutesParts): Route[] {
  const { db, challenges, sms, publicBaseUrl } = parts;
  return [
    route({
      method: 'post',
      path: '/api/session/code',
      role: 'public',
      summary: 'Texts a code to a user’s number. The answer is the same for a number that nobody has.',
      body: z.strictObject({ phoneNumber: z.string().regex(/^\+[1-9]\d{6,14}$/, 'an E.164 number') }),
      answer: { status: 202, description: 'The challenge that the code answers.' },
      handle: async ({ body, request }) => {
        const code = newCode();
        const challengeId = await challenges.open({
          kind: 'sms-code',
          subject: body.phoneNumber,
          secret: code,
          validMs: CODE_VALID_MS,
          maxAttempts: CODE_ATTEMPTS,
          askedFrom: request.ip ?? '',
        });
        if ((await userIdOf(db, body.phoneNumber)) !== null)
          await sms.send(body.phoneNumber, `${code} is your Ringback code. It works for five minutes.`);
        return { challengeId };
      },
    }),
    route({
      method: 'post',
      path: '/api/session',
      role: 'public',
      summary: 'Signs a user in with the code from the text.',
      body: z.strictObject({ challengeId: z.uuid(), code: z.string().regex(/^\d{6}$/, 'six digits') }),
      answer: { status: 201, description: 'A session, in a cookie and for Authorization: Bearer.' },
      handle: async ({ body, response }) => {
        const phoneNumber = await challenges.redeem('sms-code', body.challengeId, body.code);
        const userId = phoneNumber === null ? null : await userIdOf(db, phoneNumber);
        if (userId === null) throw wrongAnswer();
        return signIn(response, publicBaseUrl, await openSession(db, { role: 'user', userId }));
      },
    }),
    route({
      method: 'post',
      path: '/api/session/bootstrap',
      role: 'public',
      summary: 'Signs the first admin in with the link that the first start prints.',
      body: z.strictObject({ challengeId: z.uuid(), secret: z.string().min(20).max(100) }),
      answer: { status: 201, description: 'An admin’s session.' },
      handle: async ({ body, response }) => {
        if ((await challenges.redeem('bootstrap', body.challengeId, body.secret)) === null)
          throw wrongAnswer();
        return signIn(response, publicBaseUrl, await openSession(db, { role: 'admin' }));
      },
    }),
    route({
      method: 'delete',
      path: '/api/session',
      role: 'user',
      summary: 'Signs out.',
      answer: { status: 200, description: 'The session is over.' },
      handle: async ({ request, response }) => {
        const secret = presentedSecret(request, publicBaseUrl);
        if (secret !== undefined) await closeSession(db, secret);
        response.clearCookie(sessionCookieName(publicBaseUrl), cookieOptions(publicBaseUrl));
        return { signedIn: false };
      },
    }),
  ];
}

function signIn(response: Response, publicBaseUrl: string, session: string): { session: string } {
  response.cookie(sessionCookieName(publicBaseUrl), session, cookieOptions(publicBaseUrl));
  return { session };
}

function cookieOptions(publicBaseUrl: string) {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: publicBaseUrl.startsWith('https:') } as const;
}

function wrongAnswer(): RingbackError {
  return new RingbackError('wrong_code', 'This code is wrong, has been used, or is too old.', {
    remedy: 'Ask for a new code.',
  });
}
