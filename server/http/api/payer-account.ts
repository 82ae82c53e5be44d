import { z } from 'zod';
import type { Actor } from '../../../db/connection.ts';
import type { CallStore } from '../../call/store.ts';
import type { Bill } from '../../cost/bill.ts';
import type { Suppressions } from '../../dialing/suppressions.ts';
import type { PayerAccounts } from '../../payments/payer-account.ts';
import { type Route, route } from '../routes.ts';
import { payerAccountShape, receiptShape } from '../shapes/money.ts';
import { subjectOf } from './budgets.ts';
import { ofUser } from './relationship-scope.ts';

export interface PayerAccountRoutesParts {
  accounts: PayerAccounts;
  suppressions: Pick<Suppressions, 'numberOf'>;
  store: CallStore;
  /** Of a call that goes on here. */
  currentBill(callId: string): Bill | undefined;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'receipt' };
const byId = z.object({ id: z.uuid() });

/** For whoever pays: their cards, what they said yes to, what is held and was taken, and taking it back. */
export function payerAccountRoutes(parts: PayerAccountRoutesParts): Route[] {
  const { accounts, suppressions, store, currentBill } = parts;
  const numberOf = (actor: Actor, userId: string | undefined) =>
    suppressions.numberOf(subjectOf(actor, userId));
  const billOf = async (callId: string) => {
    const bill = currentBill(callId) ?? (await store.breakdown(SYSTEM, callId));
    return (bill ?? null) as Bill | null;
  };
  return [
    route({
      method: 'get',
      path: '/api/user/payments',
      role: 'user',
      summary: 'What somebody was asked to pay for, by the number that is theirs.',
      query: ofUser,
      answer: { status: 200, description: 'Nothing of what was said.', schema: payerAccountShape },
      handle: async ({ actor, query }) => accounts.of(await numberOf(actor, query.userId)),
    }),
    route({
      method: 'get',
      path: '/api/user/payments/:id/receipt',
      role: 'user',
      summary: 'What a call cost its payer; while it goes on, so far.',
      params: byId,
      query: ofUser,
      answer: { status: 200, description: 'By service, in cents.', schema: receiptShape },
      handle: async ({ actor, query, params }) =>
        accounts.receipt(await numberOf(actor, query.userId), params.id, billOf),
    }),
    route({
      method: 'post',
      path: '/api/user/payments/:id/revoke',
      role: 'user',
      summary: 'A payer takes back their yes to a call, also while it goes on.',
      params: byId,
      query: ofUser,
      answer: {
        status: 200,
        description: 'The call ends with a goodbye; it costs what it has cost until then.',
      },
      handle: async ({ actor, query, params }) => {
        await accounts.revokeCall(await numberOf(actor, query.userId), params.id);
        return { callId: params.id, revoked: true };
      },
    }),
    route({
      method: 'post',
      path: '/api/user/mandates/:id/revoke',
      role: 'user',
      summary: 'A payer takes back their yes to many calls.',
      params: byId,
      query: ofUser,
      answer: { status: 200, description: 'No further call is made at their expense.' },
      handle: async ({ actor, query, params }) => {
        await accounts.revokeMandate(await numberOf(actor, query.userId), params.id);
        return { mandateId: params.id, revoked: true };
      },
    }),
    route({
      method: 'delete',
      path: '/api/user/card',
      role: 'user',
      summary: 'Lets go of the cards that a payer left, with us and with Stripe.',
      query: ofUser,
      answer: { status: 200, description: 'Nothing more can be held on them.' },
      handle: async ({ actor, query }) => {
        await accounts.forgetCards(await numberOf(actor, query.userId));
        return { hasCard: false };
      },
    }),
  ];
}
