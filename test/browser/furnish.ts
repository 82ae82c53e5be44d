import { Payer } from '../payer.ts';
import { until } from '../sandbox.ts';
import type { House } from './house.ts';

/** What a house looks like after a busy day. */
export interface Furnished {
  userId: string;
  /** A call that the house paid for. */
  callId: string;
  /** A call that somebody else paid for. */
  paidCallId: string;
  payerId: string;
  payerNumber: string;
}

/** Fills a house through its own API: calls that are held, money that is taken, memories, plans, and what goes wrong. */
export async function furnish(house: House): Promise<Furnished> {
  const { test } = house;
  const post = async (path: string, body: unknown, method = 'POST') => {
    const answer = await test.api(path, { method, body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.json as Record<string, string>;
  };
  const [alice, bob, payerNumber] = [house.newNumber(), house.newNumber(), house.newNumber()];
  const says = (...lines: string[]) => ({
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      ...lines.map((text) => ({ cue: { after: 'reply' as const, delayMs: 500 }, text })),
    ],
  });
  await test.sandbox.putCaller(
    alice,
    says('Yes, this is Alice.', 'I want to finish the report today.', 'Goodbye.') as never,
  );
  await test.sandbox.putCaller(bob, says('Yes, this is Bob.', 'Goodbye.') as never);
  const call = await post('/api/calls', { to: alice, displayName: 'Alice', persona: 'brad' });
  const payer = new Payer(test);
  const offer = await payer.offer(bob, {
    displayName: 'Bob',
    payer: { name: 'Carol', phoneNumber: payerNumber },
  });
  await payer.approve(offer);
  await payer.settled(offer.callId, 'captured', 90_000);
  await post(`/api/calls/${offer.callId}/refunds`, {
    id: crypto.randomUUID(),
    amountCents: 10,
    reason: 'a bad line',
  });
  await payer.mandate(alice);
  const callId = call.id ?? '';
  await until(
    'the call is over',
    async () => (await test.api(`/api/calls/${callId}`)).text.includes('"state":"ended"'),
    60_000,
  );
  const userId = call.userId ?? '';
  await post(`/api/personas/brad/memories?userId=${userId}`, {
    text: 'Alice works at Acme',
    slot: 'employer',
  });
  await post(`/api/user/call-preferences?userId=${userId}`, { timeZone: 'America/New_York' }, 'PATCH');
  await post('/api/schedules', { to: alice, displayName: 'Alice', at: '09:00', days: [1, 3, 5] });
  await post('/api/suppressions', { phoneNumber: house.newNumber() });
  await post('/api/webhooks/endpoints', { url: 'https://example.com/hook', label: 'Our own books' });
  const { payments } = (await test.api('/api/payments')).json as {
    payments: Array<{ callId: string; payerId: string }>;
  };
  const payerId = payments.find((each) => each.callId === offer.callId)?.payerId ?? '';
  return { userId, callId, paidCallId: offer.callId, payerId, payerNumber };
}

/** Every page of the panel, with what it is called, for admins and for users. */
export function pagesOf({ userId, callId, payerId }: Furnished) {
  return {
    admin: [
      ['/', 'Overview'],
      ['/live', 'Live calls'],
      ['/calls', 'All calls'],
      [`/calls/${callId}`, 'Brad and Alice'],
      ['/users', 'Users'],
      [`/users/${userId}`, 'Alice'],
      ['/schedules', 'Planned calls'],
      ['/consents', 'Consents and suppressions'],
      ['/personas', 'Personas'],
      ['/personas/brad', 'Brad'],
      ['/money', 'Money'],
      [`/payers/${payerId}`, 'Carol'],
      ['/costs', 'Costs'],
      ['/house', 'What the house pays'],
      ['/rate-cards', 'Rate cards'],
      ['/settings', 'Settings'],
      ['/texts', 'Texts'],
      ['/webhooks', 'Webhooks'],
      ['/audit', 'Audit log'],
      ['/tokens', 'Tokens for programs'],
      ['/passkeys', 'Passkeys'],
    ],
    user: [
      ['/', 'Today'],
      ['/calls', 'My calls'],
      [`/calls/${callId}`, 'Brad and Alice'],
      ['/payments', 'What I pay for'],
      ['/calling', 'When I may be called'],
      ['/profile', 'About me'],
      ['/memory', 'What they know of me'],
      ['/budget', 'My budget'],
      ['/costs', 'What my calls cost'],
      ['/texts', 'Texts'],
    ],
  } as const satisfies Record<'admin' | 'user', ReadonlyArray<readonly [path: string, heading: string]>>;
}
