import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RETRY_AFTER_MS, signedHeaders } from '../server/announcing/deliveries.ts';
import { post } from '../server/announcing/post.ts';
import { startTestApp, type TestApp } from './app.ts';
import { asOwner } from './as-owner.ts';
import { Payer } from './payer.ts';
import { WebhookReceiver } from './receiver-of-webhooks.ts';
import { until } from './sandbox.ts';

/** Other servers are told of what happens: signed, until they say that they have it, and logged. */

let test: TestApp;
let receiver: WebhookReceiver;
beforeAll(async () => {
  [test, receiver] = await Promise.all([startTestApp(), WebhookReceiver.open()]);
});
afterAll(async () => {
  await test?.close();
  await receiver?.close();
});

interface Delivery {
  id: string;
  state: string;
  type: string;
  callId: string | null;
  attempts: number;
  log: Array<{ attempt: number; status: number | null; problem: string | null }>;
}

let nextNumber = 15_551_900;
const newNumber = () => `+${nextNumber++}`;
const addEndpoint = async (body: object) => {
  const answer = await test.api('/api/webhooks/endpoints', { method: 'POST', body });
  return { status: answer.status, ...(answer.json as { id: string; secret: string }) };
};
const deliveriesOf = async (id: string) =>
  ((await test.api(`/api/webhooks/endpoints/${id}/deliveries`)).json as { deliveries: Delivery[] })
    .deliveries;
/** A call that nobody answers: the quickest way for something to happen. */
const somethingHappens = async (): Promise<string> => {
  const number = newNumber();
  await test.sandbox.putCaller(number, { answerAfterMs: null, lines: [] });
  const body = { to: number, displayName: 'Alice', persona: 'brad' };
  const { id } = (await test.api('/api/calls', { method: 'POST', body })).json as { id: string };
  const { carrierSid } = (await test.api(`/api/calls/${id}`)).json as { carrierSid: string };
  await test.sandbox.hangUp(carrierSid);
  return id;
};
/** Lets the job of a delivery that waits for its next try run now. */
const hurry = () =>
  asOwner(
    test.database,
    `update graphile_worker._private_jobs set run_at = now() where key like 'deliver:%'`,
  );

describe('webhooks', () => {
  it('tell of a call, its money and what was learned: signed, by id, and without a word that was said', async () => {
    const endpoint = await addEndpoint({ url: receiver.url, label: 'CRM' });
    receiver.secret = endpoint.secret;
    expect(endpoint.secret).toMatch(/^whsec_/);
    const number = newNumber();
    await test.sandbox.putCaller(number, {
      answerAfterMs: 50,
      lines: [
        { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
        { cue: { after: 'reply', delayMs: 400 }, text: 'Yes, this is Alice.' },
        { cue: { after: 'reply', delayMs: 400 }, text: 'Goodbye.' },
      ],
    });
    const payer = new Payer(test);
    const offer = await payer.offer(number);
    await payer.approve(offer);
    await payer.settled(offer.callId, 'captured');
    const { settlement } = await payer.money(offer.callId);
    const of = (type: string) => receiver.received.filter((message) => message.type === type);
    await until(
      'all are told',
      () => ['call.ended', 'call.settled', 'memory.updated'].every((type) => of(type).length > 0),
      30_000,
    );
    expect(of('call.ended')).toMatchObject([
      {
        data: {
          callId: offer.callId,
          persona: 'brad',
          direction: 'outbound',
          answered: true,
          totalCents: settlement?.totalCents,
        },
      },
    ]);
    expect(of('call.settled')).toMatchObject([
      { data: { callId: offer.callId, state: 'captured', capturedCents: settlement?.capturedCents } },
    ]);
    expect(of('memory.updated')[0]?.data).toMatchObject({ persona: 'brad', userId: expect.any(String) });
    expect(receiver.refused).toEqual([]);
    const told = JSON.stringify(receiver.received);
    for (const word of ['Alice', number, 'Goodbye']) expect(told).not.toContain(word);
    const listed = (await test.api('/api/webhooks/endpoints')).text;
    expect(listed).not.toContain('secret');
    await test.api(`/api/webhooks/endpoints/${endpoint.id}`, { method: 'DELETE' });
  }, 90_000);

  it('come again, under the same id, until they are taken; every try is in the log', async () => {
    const endpoint = await addEndpoint({ url: receiver.url, label: 'CRM', types: ['call.ended'] });
    receiver.secret = endpoint.secret;
    receiver.received.length = 0;
    receiver.answers.push(500, 302);
    const callId = await somethingHappens();
    const delivery = async () => (await deliveriesOf(endpoint.id)).find((one) => one.callId === callId);
    await until('it failed once', async () => (await delivery())?.attempts === 1);
    expect(receiver.received).toEqual([]);
    await hurry();
    await until('it failed twice', async () => (await delivery())?.attempts === 2);
    await hurry();
    await until('it is taken', async () => (await delivery())?.state === 'delivered');
    expect((await delivery())?.log).toMatchObject([{ status: 500 }, { status: 302 }, { status: 200 }]);
    const [first] = receiver.received;
    const again = await test.api(`/api/webhooks/deliveries/${(await delivery())?.id}/redeliver`, {
      method: 'POST',
    });
    expect(again.status).toBe(202);
    await until('it came again', () => receiver.received.length === 2);
    expect(receiver.received[1]?.id).toBe(first?.id);
    expect(
      (await test.api(`/api/webhooks/deliveries/${crypto.randomUUID()}/redeliver`, { method: 'POST' }))
        .status,
    ).toBe(404);
    await test.api(`/api/webhooks/endpoints/${endpoint.id}`, { method: 'DELETE' });
  }, 60_000);

  it('are given up in the end, and at once where the receiver is gone for good', async () => {
    const endpoint = await addEndpoint({ url: receiver.url, label: 'CRM', types: ['call.ended'] });
    receiver.secret = endpoint.secret;
    receiver.answers.push(500);
    await somethingHappens();
    await until('it failed', async () => (await deliveriesOf(endpoint.id))[0]?.attempts === 1);
    await asOwner(
      test.database,
      `update webhook_deliveries set attempts = ${RETRY_AFTER_MS.length} where endpoint_id = '${endpoint.id}'`,
    );
    receiver.answers.push(503);
    await hurry();
    await until('it is given up', async () => (await deliveriesOf(endpoint.id))[0]?.state === 'given-up');

    receiver.answers.push(410);
    await somethingHappens();
    const find = async () => {
      const { endpoints } = (await test.api('/api/webhooks/endpoints')).json as {
        endpoints: Array<{ id: string; disabledAt: string | null; disabledReason: string | null }>;
      };
      return endpoints.find(({ id }) => id === endpoint.id);
    };
    await until('it is disabled', async () => (await find())?.disabledAt !== null);
    expect((await find())?.disabledReason).toBe('it answered 410 Gone');
    const enabled = await test.api(`/api/webhooks/endpoints/${endpoint.id}/enable`, { method: 'POST' });
    expect(enabled.status).toBe(200);
    expect((await find())?.disabledAt).toBeNull();
    await test.api(`/api/webhooks/endpoints/${endpoint.id}`, { method: 'DELETE' });
    expect(await find()).toBeUndefined();
  }, 60_000);

  it('whose job was lost are found again', async () => {
    const endpoint = await addEndpoint({ url: receiver.url, label: 'CRM', types: ['alert.raised'] });
    receiver.secret = endpoint.secret;
    receiver.received.length = 0;
    await asOwner(
      test.database,
      `insert into announcements (type, data, at) values
        ('alert.raised', '{"kind": "test", "detail": "x"}', now() - interval '3 minutes')`,
    );
    await until('the sweep has found it', () => receiver.received.length === 1, 70_000);
    expect(receiver.received[0]).toMatchObject({ type: 'alert.raised', data: { kind: 'test' } });
    await test.api(`/api/webhooks/endpoints/${endpoint.id}`, { method: 'DELETE' });
  }, 90_000);

  it('are refused bad endpoints', async () => {
    for (const url of ['ftp://example.com', 'no url', '']) {
      expect((await addEndpoint({ url, label: 'x' })).status).toBe(422);
    }
    expect((await addEndpoint({ url: receiver.url, label: 'x', types: ['call.started'] })).status).toBe(422);
    expect((await test.api('/api/webhooks/endpoints', { token: null })).status).toBe(401);
  });
});

describe('where phones are real', () => {
  it('nothing is sent into our own network, whatever the name says', async () => {
    const before = receiver.received.length;
    const { port } = new URL(receiver.url);
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '10.0.0.1',
      '169.254.169.254',
      '[::ffff:127.0.0.1]',
    ]) {
      const result = await post(`http://${host}:${port}/hooks`, {}, '{}', true);
      expect(result, host).toMatchObject({
        status: null,
        problem: expect.stringContaining('no public address'),
      });
    }
    expect(receiver.received).toHaveLength(before);
  });

  it('a signature is what the standard’s own library takes, for this body and this time alone', () => {
    const key = Buffer.alloc(32, 7);
    const hook = new Webhook(key.toString('base64'));
    const now = Math.floor(Date.now() / 1_000);
    const headers = signedHeaders('msg_1', now, '{"a":1}', key);
    expect(hook.verify('{"a":1}', headers)).toEqual({ a: 1 });
    expect(() => hook.verify('{"a":2}', headers)).toThrow();
    expect(() => hook.verify('{"a":1}', { ...headers, 'webhook-timestamp': String(now - 1) })).toThrow();
    expect(() => hook.verify('{"a":1}', signedHeaders('msg_1', now - 301, '{"a":1}', key))).toThrow();
  });
});
