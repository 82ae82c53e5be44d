import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './app.ts';
import { MemoryApi } from './memory-api.ts';

/** Profile and promises over the API, as their owner uses them. */

const PROFILE = '/api/user/profile';
const PROMISES = '/api/personas/mara/commitments';

let test: TestApp;
let api: MemoryApi;
beforeAll(async () => {
  test = await startTestApp();
  api = new MemoryApi(test);
});
afterAll(() => test?.close());

describe('a profile over the API', () => {
  it('is read, changed in parts, and kept as it was written', async () => {
    const { token } = await api.user();
    const read = async () => (await test.api(PROFILE, { token })).json;
    expect(await read()).toMatchObject({ displayName: 'Anna', timeZone: 'UTC', identity: null, goals: [] });
    const change = { timeZone: 'Europe/Brussels', goals: ['run a marathon'], why: 'to live long' };
    expect(await api.send('PATCH', PROFILE, token, change)).toMatchObject({ status: 200, json: change });
    expect(await api.send('PATCH', PROFILE, token, { why: null, displayName: 'Ann' })).toMatchObject({
      json: { displayName: 'Ann', timeZone: 'Europe/Brussels', goals: ['run a marathon'], why: null },
    });
    expect(await read()).toMatchObject({ displayName: 'Ann', completedAt: expect.any(String) });
  });

  it.each([
    [{ timeZone: 'Mars/Base' }, 'Europe/Brussels'],
    [{ goals: Array(11).fill('x') }, 'goals'],
    [{ identity: 'x'.repeat(2_001) }, 'identity'],
    [{ phoneNumber: '+15550100' }, 'phoneNumber'],
    [{ progress: [{ at: 'yesterday', text: 'ran' }] }, 'progress'],
  ])('refuses %j and says why', async (change, hint) => {
    const { token } = await api.user();
    const { status, json } = await api.send('PATCH', PROFILE, token, change);
    expect(status).toBe(422);
    expect(JSON.stringify(json)).toContain(hint);
  });

  it('is nobody else’s', async () => {
    const [alice, bob] = [await api.user(), await api.user()];
    expect((await test.api(`${PROFILE}?userId=${alice.userId}`, { token: bob.token })).status).toBe(403);
    const admin = await test.api(`${PROFILE}?userId=${alice.userId}`);
    expect(admin.json).toMatchObject({ displayName: 'Anna' });
    expect((await test.api(`${PROFILE}?userId=${crypto.randomUUID()}`)).status).toBe(404);
  });
});

describe('promises over the API', () => {
  it('are made, moved, kept and withdrawn by whoever made them', async () => {
    const [{ token }, stranger] = [await api.user(), await api.user()];
    const made = await api.send('POST', PROMISES, token, {
      promise: 'write a page',
      dueAt: '2026-12-01T18:00:00+01:00',
    });
    expect(made).toMatchObject({ status: 201, json: { status: 'open', dueAt: '2026-12-01T17:00:00.000Z' } });
    const { id } = made.json as { id: string };
    expect((await api.send('PATCH', `${PROMISES}/${id}`, stranger.token, { outcome: 'kept' })).status).toBe(
      404,
    );
    expect((await api.send('DELETE', `${PROMISES}/${id}`, stranger.token)).status).toBe(404);
    const moved = await api.send('PATCH', `${PROMISES}/${id}`, token, { outcome: 'moved' });
    const { id: next } = moved.json as { id: string };
    expect(next).not.toBe(id);
    expect((await api.send('PATCH', `${PROMISES}/${id}`, token, { outcome: 'kept' })).status).toBe(404);
    await api.send('PATCH', `${PROMISES}/${next}`, token, { outcome: 'kept' });
    const list = async () =>
      ((await test.api(PROMISES, { token })).json as { commitments: Array<{ status: string }> }).commitments;
    expect((await list()).map(({ status }) => status).sort()).toEqual(['kept', 'moved']);
    expect((await api.send('DELETE', `${PROMISES}/${id}`, token)).status).toBe(200);
    expect(await list()).toHaveLength(1);
    expect((await test.api('/api/personas/brad/commitments', { token })).json).toEqual({ commitments: [] });
  });
});
