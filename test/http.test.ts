import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { users } from '../db/schema/index.ts';
import { issueToken } from '../server/http/access/tokens.ts';
import { postSigned, twilioSignature } from '../server/sandbox/twilio/callbacks.ts';
import { startTestApp, type TestApp } from './app.ts';
import { credentials } from './sandbox.ts';

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test.close());

const NO_CALL = '00000000-0000-4000-8000-000000000000';

interface OpenApi {
  paths: Record<string, Record<string, { 'x-role'?: string }>>;
}

async function apiRoutes(): Promise<
  Array<{ method: string; path: string; role: string | undefined; isEndless: boolean }>
> {
  const { paths } = (await test.api('/openapi.json', { token: null })).json as OpenApi;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replace('{id}', NO_CALL),
      role: operation['x-role'],
      isEndless: path === '/api/live/events', // one call's stream ends with it
    })),
  );
}

describe('access', () => {
  it('every /api route declares a role, and is closed without a token', async () => {
    const routes = await apiRoutes();
    expect(routes.length).toBeGreaterThanOrEqual(7);
    // Only where somebody signs in may nobody knock; and at the sandbox's phone, where nothing is real.
    const open = routes.filter(({ role }) => role === 'public').map(({ path }) => path);
    expect(open.sort()).toEqual([
      '/api/dev-phone',
      '/api/dev-phone/calls',
      '/api/dev-phone/speech',
      '/api/session',
      '/api/session/code',
      '/api/session/passkey',
      '/api/session/passkey/challenge',
    ]);
    for (const { method, path, role } of routes.filter((each) => each.role !== 'public')) {
      expect(['admin', 'user'], `${method} ${path}`).toContain(role);
      for (const token of [null, 'rb_wrong', '']) {
        const { status, headers } = await test.api(path, { method, token });
        expect(status, `${method} ${path} with token ${token}`).toBe(401);
        expect(headers.get('content-type')).toContain('application/problem+json');
      }
    }
  });

  it('a user’s token opens no admin route and no call of somebody else', async () => {
    const [user] = await test.database.db.as({ kind: 'system', purpose: 'test' }, (tx) =>
      tx.insert(users).values({ phoneNumber: '+15550777', displayName: 'Bob' }).returning(),
    );
    const token = await issueToken(test.database.db, { role: 'user', userId: user?.id ?? '', label: 'test' });
    const closed = (await apiRoutes()).filter(
      (each) => each.role !== 'public' && each.method !== 'DELETE' && !each.isEndless,
    );
    for (const { method, path, role } of closed) {
      const { status } = await test.api(path, { method, token });
      if (role === 'admin') expect(status, `${method} ${path}`).toBe(403);
      else expect([200, 404, 422], `${method} ${path}`).toContain(status);
    }
  });

  it('stores no token, only its hash', async () => {
    const secret = test.adminToken.replace(/^rb_/, '');
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const rows = await test.database.db.as({ kind: 'system', purpose: 'test' }, (tx) =>
      tx.query.apiTokens.findMany(),
    );
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe('bad requests', () => {
  it.each([
    ['a number that is none', { to: '555', displayName: 'A' }, 422],
    ['no name', { to: '+15550100' }, 422],
    ['an unknown persona', { to: '+15550100', displayName: 'A', persona: 'nobody' }, 422],
    ['a persona outside its folder', { to: '+15550100', displayName: 'A', persona: '../../x' }, 422],
    ['broken JSON', '{"to":', 400],
    ['a body over the limit', { to: '+15550100', displayName: 'x'.repeat(70_000) }, 413],
  ])('%s is a problem that says what to do', async (_name, body, status) => {
    const response = await test.api('/api/calls', { method: 'POST', body });
    expect(response.status).toBe(status);
    expect(response.json).toMatchObject({
      status,
      title: expect.any(String),
      detail: expect.stringMatching(/\S/),
    });
  });

  it('unknown routes are problems too', async () => {
    expect((await test.api('/api/nothing')).status).toBe(404);
    expect((await test.api('/nothing')).status).toBe(404);
    expect((await test.api(`/api/calls/${NO_CALL}`)).status).toBe(404);
    expect((await test.api('/api/calls/not-a-uuid')).status).toBe(422);
  });

  it('answers health and readiness', async () => {
    expect((await test.api('/health', { token: null })).text).toContain('"status":"healthy"');
    expect((await test.api('/ready', { token: null })).status).toBe(200);
  });
});

describe('Twilio’s signature', () => {
  const path = `/twilio/status?callId=${NO_CALL}`;
  const form = { CallSid: 'CA1', CallStatus: 'completed' };

  async function post(signature: string | null, target = path): Promise<number> {
    const response = await fetch(test.app.publicBaseUrl + target, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(signature === null ? {} : { 'x-twilio-signature': signature }),
      },
      body: new URLSearchParams(form).toString(),
    });
    return response.status;
  }

  it('opens the webhooks; without it, or with another one, they answer 403', async () => {
    const good = twilioSignature(credentials.authToken, test.app.publicBaseUrl + path, form);
    expect(await post(good)).toBe(204);
    expect(await post(null)).toBe(403);
    expect(await post('x')).toBe(403);
    expect(await post(twilioSignature('another token', test.app.publicBaseUrl + path, form))).toBe(403);
    expect(await post(good, '/twilio/voice')).toBe(403);
    expect(await post(good, `${path}&x=1`)).toBe(403);
  });

  it('an answered call that nobody knows is hung up', async () => {
    const twiml = await postSigned(
      credentials.authToken,
      `${test.app.publicBaseUrl}/twilio/voice?callId=${NO_CALL}`,
      form,
    );
    expect(twiml).toContain('<Response><Hangup/></Response>');
  });

  it('is needed before the 101 of the media socket', async () => {
    const media = `${test.app.publicBaseUrl.replace('http', 'ws')}/twilio/media`;
    expect(await upgrade('/twilio/media', twilioSignature(credentials.authToken, media, {}))).toBe(101);
    expect(await upgrade('/twilio/media', twilioSignature(credentials.authToken, `${media}/`, {}))).toBe(101);
    expect(
      await upgrade(
        '/twilio/media',
        twilioSignature(credentials.authToken, `${test.app.publicBaseUrl}/twilio/media`, {}),
      ),
    ).toBe(101);
    expect(await upgrade('/twilio/media', undefined)).toBe(403);
    expect(await upgrade('/twilio/media', 'x')).toBe(403);
    expect(await upgrade('/twilio/media?x=1', twilioSignature(credentials.authToken, media, {}))).toBe(403);
    expect(await upgrade('/other', twilioSignature(credentials.authToken, media, {}))).toBe(404);
  });
});

describe('the description of the API', () => {
  it.each([
    ['/docs', 3],
    ['/redoc', 2],
  ])('can be read at %s, with every part of the page from this server', async (path, count) => {
    const get = (path: string) => fetch(test.app.publicBaseUrl + path);
    const page = await get(path);
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);
    expect(parts).toHaveLength(count);
    for (const part of parts) {
      const answer = await get(part);
      expect([part, answer.status]).toEqual([part, 200]);
      expect((await answer.text()).length).toBeGreaterThan(100);
    }
  });

  it('sorts the routes by what they are about', async () => {
    const { paths } = (await test.api('/openapi.json', { token: null })).json as {
      paths: Record<string, Record<string, { tags: string[] }>>;
    };
    expect(paths['/api/calls/{id}/cost']?.get?.tags).toEqual(['calls']);
    expect(paths['/api/personas/{id}/memories']?.get?.tags).toEqual(['personas']);
  });
});

/** Asks for an upgrade by hand and returns the status of the answer. */
function upgrade(path: string, signature: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(test.app.publicBaseUrl + path, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(signature === undefined ? {} : { 'x-twilio-signature': signature }),
      },
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}
