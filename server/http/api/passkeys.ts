import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import { setSessionCookie } from '../access/authenticate.ts';
import type { Passkeys } from '../access/passkeys.ts';
import { type Route, route } from '../routes.ts';

const encoded = z
  .string()
  .regex(/^[\w-]+$/, 'base64url')
  .max(16_384);
const credential = { id: encoded, rawId: encoded, type: z.literal('public-key') };

/** As browsers give them (WebAuthn level 3, the JSON forms); what they say is proved by the passkeys themselves. */
const registration = z.looseObject({
  ...credential,
  response: z.looseObject({ clientDataJSON: encoded, attestationObject: encoded }),
});
const assertion = z.looseObject({
  ...credential,
  response: z.looseObject({ clientDataJSON: encoded, authenticatorData: encoded, signature: encoded }),
});

/** How admins sign in, and with what. */
export function passkeyRoutes(passkeys: Passkeys, publicBaseUrl: string): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/session/passkey/challenge',
      role: 'public',
      summary: 'Begins signing in with a passkey.',
      answer: { status: 201, description: 'What navigator.credentials.get() needs.' },
      handle: ({ request }) => passkeys.beginSignIn(request.ip ?? ''),
    }),
    route({
      method: 'post',
      path: '/api/session/passkey',
      role: 'public',
      summary: 'Signs an admin in with a passkey.',
      body: z.strictObject({ challengeId: z.uuid(), response: assertion }),
      answer: { status: 201, description: 'A session, in a cookie and for Authorization: Bearer.' },
      handle: async ({ body, response }) => {
        const answer = body.response as unknown as AuthenticationResponseJSON;
        const session = await passkeys.signIn(body.challengeId, answer);
        setSessionCookie(response, publicBaseUrl, session);
        return { session };
      },
    }),
    route({
      method: 'post',
      path: '/api/passkeys/challenge',
      role: 'admin',
      summary: 'Begins adding a passkey.',
      answer: { status: 201, description: 'What navigator.credentials.create() needs.' },
      handle: ({ request }) => passkeys.beginRegistration(request.ip ?? ''),
    }),
    route({
      method: 'post',
      path: '/api/passkeys',
      role: 'admin',
      summary: 'Adds a passkey with which an admin can sign in.',
      body: z.strictObject({
        challengeId: z.uuid(),
        label: z.string().min(1).max(80),
        response: registration,
      }),
      answer: { status: 201, description: 'The passkey.' },
      handle: ({ body }) =>
        passkeys.register(body.challengeId, body.label, body.response as unknown as RegistrationResponseJSON),
    }),
    route({
      method: 'get',
      path: '/api/passkeys',
      role: 'admin',
      summary: 'The passkeys that there are.',
      answer: { status: 200, description: 'Whose each is, and when it was used last.' },
      handle: async ({ actor }) => ({ passkeys: await passkeys.list(actor) }),
    }),
    route({
      method: 'delete',
      path: '/api/passkeys/:id',
      role: 'admin',
      summary: 'Takes a passkey out of use and ends what was signed in with it.',
      params: z.object({ id: z.uuid() }),
      answer: { status: 200, description: 'It opens nothing any more.' },
      handle: async ({ actor, params }) => {
        await passkeys.revoke(actor, params.id);
        return { id: params.id, revoked: true };
      },
    }),
  ];
}
