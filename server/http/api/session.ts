import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import type { Consents } from '../../dialing/consents.ts';
import { describeError, RingbackError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Texts } from '../../telephony/texts.ts';
import { clearSessionCookie, presentedSecret, setSessionCookie } from '../access/authenticate.ts';
import { type Challenges, newCode } from '../access/challenges.ts';
import { closeSession, openSession } from '../access/sessions.ts';
import { isKnownNumber, nameOfUser, userIdOf } from '../access/users.ts';
import { type Route, route } from '../routes.ts';
import { type AdminSession, type SessionShape, sessionShape } from '../shapes/session.ts';
import { phoneNumber } from './fields.ts';

export interface SessionRoutesParts {
  db: Database;
  challenges: Challenges;
  consents: Consents;
  texts: Texts;
  /** What an admin finds here beside the panel. */
  offers: Omit<AdminSession, 'role'>;
  publicBaseUrl: string;
  log: Logger;
}

const CODE_VALID_MS = 5 * 60_000;
const CODE_ATTEMPTS = 5;
/** A text costs money, and a phone that buzzes patience. */
const CODE_LIMITS = { perSubject: 3, perAddress: 10 };

/** Signing in and out: a user proves their number with a code by text. */
export function sessionRoutes(parts: SessionRoutesParts): Route[] {
  const { db, challenges, consents, texts, offers, publicBaseUrl, log } = parts;
  return [
    route({
      method: 'get',
      path: '/api/session',
      role: 'user',
      summary: 'Who is signed in.',
      answer: { status: 200, description: 'An admin, or a user with their name.', schema: sessionShape },
      handle: async ({ actor }): Promise<SessionShape> =>
        actor.kind === 'user'
          ? { role: 'user', userId: actor.userId, displayName: await nameOfUser(db, actor) }
          : { role: 'admin', ...offers },
    }),
    route({
      method: 'post',
      path: '/api/session/code',
      role: 'public',
      summary: 'Texts a code to a user’s number. The answer is the same for a number that nobody has.',
      body: z.strictObject({ phoneNumber }),
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
          limits: CODE_LIMITS,
        });
        // Not waited for: how long the carrier takes, and whether it fails, would tell whose number this is.
        if (await isKnownNumber(db, body.phoneNumber))
          texts
            .send(
              body.phoneNumber,
              'sign-in-code',
              `${code} is your Ringback code. It works for five minutes.`,
            )
            .catch((error: unknown) =>
              log.error({ challengeId, problem: describeError(error) }, 'a code could not be texted'),
            );
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
        if (phoneNumber === null || userId === null) throw wrongAnswer();
        await consents.prove(phoneNumber, 'code');
        const session = await openSession(db, { role: 'user', userId });
        setSessionCookie(response, publicBaseUrl, session);
        return { session };
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
        clearSessionCookie(response, publicBaseUrl);
        return { signedIn: false };
      },
    }),
  ];
}

function wrongAnswer(): RingbackError {
  return new RingbackError('wrong_code', 'This code is wrong, has been used, or is too old.', {
    remedy: 'Ask for a new code.',
  });
}
