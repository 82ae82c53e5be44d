import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  apiTokens,
  auditLog,
  challenges as challengeRows,
  sessions as sessionRows,
  users,
} from '../db/schema/index.ts';
import { openTemporaryDatabase } from '../db/temporary.ts';
import { bootstrapLink, redeemBootstrap } from '../server/http/access/bootstrap.ts';
import { Challenges } from '../server/http/access/challenges.ts';
import { startTestApp, type TestApp } from './app.ts';
import { asOwner } from './as-owner.ts';
import { until } from './sandbox.ts';

let test: TestApp;
let nextNumber = 15_553_500;
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test?.close());
// Each test asks from the same address, and an address may ask for ten codes in ten minutes.
beforeEach(() => asOwner(test.database, 'delete from challenges'));

const SYSTEM = { kind: 'system', purpose: 'test' } as const;

async function newUser(): Promise<{ id: string; phoneNumber: string }> {
  const phoneNumber = `+${nextNumber++}`;
  const [user] = await test.database.db.as(SYSTEM, (tx) =>
    tx.insert(users).values({ phoneNumber, displayName: 'Alice' }).returning(),
  );
  return { id: user?.id ?? '', phoneNumber };
}

const post = (path: string, body: unknown) => test.api(path, { method: 'POST', body, token: null });

async function lastTextTo(phoneNumber: string): Promise<string> {
  const texts = (await test.sandbox.journal('twilio'))
    .map(({ detail }) => detail.form as { To?: string; Body?: string } | undefined)
    .filter((form) => form?.To === phoneNumber);
  return texts.at(-1)?.Body ?? '';
}

/** Asks for a code and reads it from the text that was sent. */
async function askForCode(phoneNumber: string): Promise<{ challengeId: string; code: string }> {
  const { json, status } = await post('/api/session/code', { phoneNumber });
  expect(status).toBe(202);
  let code = '';
  await until('the text was sent', async () => {
    code = /\d{6}/.exec(await lastTextTo(phoneNumber))?.[0] ?? '';
    return code !== '';
  });
  return { challengeId: (json as { challengeId: string }).challengeId, code };
}

describe('a user', () => {
  it('signs in with the code from a text, once, and out again', async () => {
    const user = await newUser();
    const { challengeId, code } = await askForCode(user.phoneNumber);
    const signedIn = await post('/api/session', { challengeId, code });
    expect(signedIn.status).toBe(201);
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^ringback=rs_[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/);
    expect((await post('/api/session', { challengeId, code })).status).toBe(401);

    const { session } = signedIn.json as { session: string };
    expect((await test.api('/api/user/budget', { token: session })).status).toBe(200);
    expect((await test.api('/api/rate-cards', { token: session })).status).toBe(403);
    expect((await test.api('/api/session', { method: 'DELETE', token: session })).status).toBe(200);
    expect((await test.api('/api/user/budget', { token: session })).status).toBe(401);
  });

  it('cannot be told from nobody, and nobody gets a text', async () => {
    const unknown = `+${nextNumber++}`;
    const asked = await post('/api/session/code', { phoneNumber: unknown });
    expect(asked).toMatchObject({ status: 202, json: { challengeId: expect.any(String) } });
    await askForCode((await newUser()).phoneNumber); // a text that was asked for later has arrived
    expect(await lastTextTo(unknown)).toBe('');
  });

  it('cannot be told from nobody by a carrier that fails', async () => {
    const user = await newUser();
    await test.sandbox.fault({ vendor: 'twilio', kind: 'status', status: 500 });
    expect((await post('/api/session/code', { phoneNumber: user.phoneNumber })).status).toBe(202);
    await askForCode(user.phoneNumber); // the fault is used up
  });

  it('is not let in by 200 guesses at once, and the right code comes too late then', async () => {
    const user = await newUser();
    const { challengeId, code } = await askForCode(user.phoneNumber);
    const guesses = Array.from({ length: 200 }, (_, i) => String(i).padStart(6, '0')).filter(
      (guess) => guess !== code,
    );
    const answers = await Promise.all(
      guesses.map((guess) => post('/api/session', { challengeId, code: guess })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect((await post('/api/session', { challengeId, code })).status).toBe(401);
    const [row] = await test.database.db.as(SYSTEM, (tx) =>
      tx.query.challenges.findMany({ where: (c, { eq }) => eq(c.id, challengeId) }),
    );
    expect(row?.attempts).toBe(5);
  });

  it('redeems a code once, however many try at the same time', async () => {
    const user = await newUser();
    const { challengeId, code } = await askForCode(user.phoneNumber);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('/api/session', { challengeId, code })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('gets three codes in ten minutes at most', async () => {
    const user = await newUser();
    const asked: number[] = [];
    for (let i = 0; i < 4; i++)
      asked.push((await post('/api/session/code', { phoneNumber: user.phoneNumber })).status);
    expect(asked).toEqual([202, 202, 202, 429]);
  });
});

describe('a cookie', () => {
  it('changes nothing when the request comes from another site', async () => {
    const user = await newUser();
    const { session } = (await post('/api/session', await askForCode(user.phoneNumber))).json as {
      session: string;
    };
    const put = (origin: string | null) =>
      fetch(`${test.app.publicBaseUrl}/api/user/budget`, {
        method: 'PUT',
        headers: {
          cookie: `ringback=${session}`,
          'content-type': 'application/json',
          ...(origin === null ? {} : { origin }),
        },
        body: JSON.stringify({ maxCostPerCallCents: 700 }),
      });
    expect((await put('https://elsewhere.example')).status).toBe(401);
    expect((await put(null)).status).toBe(401);
    expect((await put(test.app.publicBaseUrl)).status).toBe(200);
  });
});

describe('the house', () => {
  it('has a link for the first admin until there is one: looking uses nothing up, and it works once', async () => {
    const empty = await openTemporaryDatabase();
    const challenges = new Challenges(empty.db, 'a key of the server');
    const link = async () => (await bootstrapLink(empty.db, challenges, 'http://house')) ?? '';
    const keyOf = (url: string) => url.split('/').at(-1) ?? '';
    const old = await link();
    for (let start = 0; start < 5; start++) await link(); // a server that is started again and again
    const key = keyOf(await link());
    expect(await redeemBootstrap(empty.db, challenges, keyOf(old))).toBeNull();
    const sessions = await Promise.all([1, 2, 3].map(() => redeemBootstrap(empty.db, challenges, key)));
    expect(sessions.filter((session) => session !== null)).toHaveLength(1);
    expect(await bootstrapLink(empty.db, challenges, 'http://house')).toBeNull();
    await empty.close();
  });

  it('has a page behind the link, and refuses a key that opens nothing', async () => {
    const url = test.app.bootstrapUrl ?? '';
    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<form method="post">');
    // The test's own token has made an admin meanwhile, so that the link is over.
    for (const address of [url, url.replace(/[^/]+$/, 'nonsense')]) {
      const refused = await fetch(address, { method: 'POST' });
      expect(refused.status).toBe(410);
      expect(refused.headers.get('set-cookie')).toBeNull();
    }
  });

  it('keeps no secret in the clear', async () => {
    const user = await newUser();
    const { challengeId, code } = await askForCode(user.phoneNumber);
    const { session } = (await post('/api/session', { challengeId, code })).json as { session: string };
    const rows = await test.database.db.as(SYSTEM, async (tx) => [
      await tx.select().from(challengeRows),
      await tx.select().from(sessionRows),
      await tx.select().from(apiTokens),
    ]);
    const kept = JSON.stringify(rows);
    expect(kept).not.toContain(session);
    expect(kept).not.toContain(Buffer.from(session).toString('hex'));
    expect(kept).not.toContain(`"${code}"`);
  });

  it('writes down changes and refusals, with ids and without contents, and cannot take them back', async () => {
    const user = await newUser();
    await test.api(`/api/user/budget?userId=${user.id}`, {
      method: 'PUT',
      body: { maxCostPerCallCents: 700 },
    });
    await test.api(`/api/user/budget?userId=${user.id}`, {
      method: 'PUT',
      body: { maxCostPerCallCents: -1 },
    });
    await test.api('/api/rate-cards', { method: 'POST', body: {}, token: 'rb_wrong' });
    const entries = () => test.database.db.as(SYSTEM, (tx) => tx.select().from(auditLog));
    const has = async (action: string, status: number, actorKind: string) =>
      (await entries()).some(
        (entry) => entry.action === action && entry.status === status && entry.actorKind === actorKind,
      );
    await until('the change is written down', () => has('PUT /api/user/budget', 200, 'admin'));
    await until('the refusal is written down', () => has('PUT /api/user/budget', 422, 'admin'));
    await until('the stranger is written down', () => has('POST /api/rate-cards', 401, 'nobody'));
    expect(JSON.stringify(await entries())).not.toContain(user.phoneNumber);
    await expect(test.database.db.as(SYSTEM, (tx) => tx.delete(auditLog))).rejects.toThrow();
  });
});
