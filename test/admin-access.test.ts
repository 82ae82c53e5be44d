import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLog, challenges } from '../db/schema/index.ts';
import { openTemporaryDatabase } from '../db/temporary.ts';
import { bootstrapLink } from '../server/http/access/bootstrap.ts';
import { Challenges } from '../server/http/access/challenges.ts';
import { openSession } from '../server/http/access/sessions.ts';
import { startTestApp, type TestApp } from './app.ts';
import { asOwner } from './as-owner.ts';
import { Authenticator } from './authenticator.ts';
import { until } from './sandbox.ts';

/** How admins and programs get in. */

let test: TestApp;
let origin: string;
beforeAll(async () => {
  test = await startTestApp();
  origin = test.app.publicBaseUrl.replace('127.0.0.1', 'localhost');
});
afterAll(() => test?.close());
beforeEach(() => asOwner(test.database, 'delete from challenges'));

const SYSTEM = { kind: 'system', purpose: 'test' } as const;
const post = (path: string, body: unknown, token: string | null = null) =>
  test.api(path, { method: 'POST', body, token });

interface Begun {
  challengeId: string;
  options: { challenge: string; rp: { id?: string }; rpId?: string };
}

/** Adds a passkey from a device, as the page does. */
async function add(device: Authenticator, label = 'laptop') {
  const { challengeId, options } = (await post('/api/passkeys/challenge', {}, test.adminToken)).json as Begun;
  return post('/api/passkeys', { challengeId, label, response: device.create(options) }, test.adminToken);
}

const begin = async () => (await post('/api/session/passkey/challenge', {})).json as Begun;

async function signIn(device: Authenticator) {
  const { challengeId, options } = await begin();
  return post('/api/session/passkey', { challengeId, response: device.get(options) });
}

describe('an admin', () => {
  it('adds a passkey, signs in with it, and is out when it is taken out of use', async () => {
    const device = new Authenticator(origin);
    const added = await add(device, 'Ada’s phone');
    expect(added).toMatchObject({ status: 201, json: { label: 'Ada’s phone' } });
    const signedIn = await signIn(device);
    expect(signedIn.status).toBe(201);
    expect(signedIn.headers.get('set-cookie')).toContain('HttpOnly');
    const { session } = signedIn.json as { session: string };
    const look = () => test.api('/api/passkeys', { token: session });
    expect((await look()).json).toMatchObject({ passkeys: [{ label: 'Ada’s phone' }] });

    const { id } = added.json as { id: string };
    const revoked = await test.api(`/api/passkeys/${id}`, { method: 'DELETE' });
    expect(revoked.status).toBe(200);
    expect((await look()).status).toBe(401);
    expect((await signIn(device)).status).toBe(401);
  });

  it.each([
    ['a passkey that was never added', async () => signIn(new Authenticator(origin))],
    [
      'an answer that was given before',
      async () => {
        const device = new Authenticator(origin);
        await add(device);
        const { challengeId, options } = await begin();
        const response = device.get(options);
        expect((await post('/api/session/passkey', { challengeId, response })).status).toBe(201);
        return post('/api/session/passkey', { challengeId, response });
      },
    ],
    [
      'an answer to another challenge',
      async () => {
        const device = new Authenticator(origin);
        await add(device);
        const { options } = await begin();
        const { challengeId } = await begin();
        return post('/api/session/passkey', { challengeId, response: device.get(options) });
      },
    ],
    [
      'an answer from another site',
      async () => {
        const device = new Authenticator(origin);
        await add(device);
        device.origin = 'https://ringback.example.evil';
        return signIn(device);
      },
    ],
    [
      'a device that counts backwards, as a copy does',
      async () => {
        const device = new Authenticator(origin);
        await add(device);
        device.counter = 10;
        expect((await signIn(device)).status).toBe(201);
        device.counter = 3;
        return signIn(device);
      },
    ],
    [
      'another device under the same name',
      async () => {
        const [device, other] = [new Authenticator(origin), new Authenticator(origin)];
        await add(device);
        const { challengeId, options } = await begin();
        const { id, rawId } = device.get(options);
        return post('/api/session/passkey', { challengeId, response: { ...other.get(options), id, rawId } });
      },
    ],
  ])('is not let in by %s', async (_name, attempt) => {
    const answer = await attempt();
    expect(answer).toMatchObject({ status: 401, json: { type: 'urn:ringback:passkey_refused' } });
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('adds no passkey from another site, nor the same one twice', async () => {
    const stranger = new Authenticator('https://elsewhere.example');
    expect((await add(stranger)).status).toBe(401);
    const device = new Authenticator(origin);
    expect((await add(device)).status).toBe(201);
    expect((await add(device)).status).toBe(401);
    expect((await post('/api/passkeys/challenge', {})).status).toBe(401);
  });

  it('who has let every way in run out finds a link at the next start', async () => {
    const empty = await openTemporaryDatabase();
    const codes = new Challenges(empty.db, 'a key of the server');
    const link = () => bootstrapLink(empty.db, codes, 'http://127.0.0.1:3000');
    await openSession(empty.db, { role: 'admin' });
    expect(await link()).toBeNull();
    await asOwner(empty, "update sessions set expires_at = now() - interval '1 second'");
    expect(await link()).toMatch(/^http:\/\/localhost:3000\/app\/bootstrap\//);
    await empty.close();
  });
});

describe('a token', () => {
  const issue = (body: Record<string, unknown>, token = test.adminToken) =>
    post('/api/tokens', { label: 'a program', role: 'admin', ...body }, token);
  const secretOf = (answer: { json: unknown }) => (answer.json as { token: string }).token;

  it('may do what its scopes say, and no more', async () => {
    const token = secretOf(await issue({ scopes: ['calls:read', 'tokens:write'] }));
    expect((await test.api('/api/calls', { token })).status).toBe(200);
    const refused = await post('/api/calls', { to: '+15550100', displayName: 'Alice' }, token);
    expect(refused).toMatchObject({ status: 403, json: { type: 'urn:ringback:scope_missing' } });
    expect((await test.api('/api/rate-cards', { token })).status).toBe(403);
    expect((await issue({ scopes: ['*'] }, token)).status).toBe(403);
    expect((await issue({ scopes: ['calls:read'] }, token)).status).toBe(201);
  });

  it('opens nothing once it was taken out of use', async () => {
    const token = secretOf(await issue({ scopes: ['*'], label: 'short-lived' }));
    const { tokens } = (await test.api('/api/tokens')).json as {
      tokens: Array<{ id: string; label: string }>;
    };
    expect(JSON.stringify(tokens)).not.toContain(token);
    const { id } = tokens.find(({ label }) => label === 'short-lived') ?? { id: '' };
    expect((await test.api(`/api/tokens/${id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await test.api('/api/calls', { token })).status).toBe(401);
  });

  it.each([
    ['no scope', { scopes: [] }],
    ['a scope that is none', { scopes: ['everything'] }],
    ['a user that is not named', { role: 'user', scopes: ['*'] }],
    ['an end in the past', { scopes: ['*'], expiresInDays: -1 }],
  ])('with %s is not made', async (_name, body) => {
    expect((await issue(body)).status).toBe(422);
  });
});

describe('the audit log', () => {
  it('holds refusals from outside the API too, without the keys that were tried', async () => {
    await test.api('/pay/no-such-token', { token: null });
    await test.api('/stripe/webhook', { method: 'POST', body: {}, token: null });
    await test.api('/twilio/status', { method: 'POST', body: {}, token: null });
    await test.api('/app/bootstrap/nonsense', { method: 'POST', token: null });
    await test.api('/api/tokens', { token: 'rb_wrong' });
    const entries = () => test.database.db.as(SYSTEM, (tx) => tx.select().from(auditLog));
    for (const [action, status] of [
      ['GET /pay', 404],
      ['POST /stripe/webhook', 400],
      ['POST /twilio', 403],
      ['POST /app/bootstrap', 410],
      ['GET /api/tokens', 401],
    ] as const)
      await until(`${action} is written down`, async () =>
        (await entries()).some((entry) => entry.action === action && entry.status === status),
      );
    expect(JSON.stringify(await entries())).not.toContain('no-such-token');
    expect(await test.database.db.as(SYSTEM, (tx) => tx.select().from(challenges))).toEqual([]);
  });
});
