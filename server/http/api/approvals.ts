import { z } from 'zod';
import type { Dialer } from '../../call/dialer.ts';
import type { PlaceCallRequest } from '../../call/planning.ts';
import { formatCents } from '../../cost/money.ts';
import type { Disputes } from '../../payments/disputes.ts';
import type { MoneyView } from '../../payments/money-view.ts';
import type { Refunds } from '../../payments/refunds.ts';
import { nameOf } from '../../persona/persona.ts';
import type { TextPayLink } from '../../telephony/pay-link-texts.ts';
import { present, type Route, route } from '../routes.ts';
import { callMoneyShape, disputesShape } from '../shapes/money.ts';
import { callWish, payerReference } from './fields.ts';

export interface ApprovalRoutesParts {
  dialer: Dialer;
  money: MoneyView;
  refunds: Refunds;
  disputes: Disputes;
  textPayLink: TextPayLink;
  publicBaseUrl: string;
}

const callParams = z.object({ id: z.uuid() });

/** Calls that somebody else pays for: the question to the payer, and what becomes of their money. */
export function approvalRoutes({
  dialer,
  money,
  refunds,
  disputes,
  textPayLink,
  publicBaseUrl,
}: ApprovalRoutesParts): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/approvals',
      role: 'admin',
      summary:
        'Plans a call and makes the link with which its payer approves it. It is dialled when the money is held.',
      body: z.strictObject({
        ...callWish,
        payer: payerReference,
        capCents: z.number().int().min(50).max(100_000).optional(),
        currency: z.literal('usd').default('usd'),
        validMinutes: z.number().int().min(1).max(1_380).default(60),
        /** Whether the payer is texted the link. */
        textLink: z.boolean().default(false),
      }),
      answer: {
        status: 201,
        description: 'The planned call and the payer’s link, which is told this one time.',
      },
      handle: async ({ actor, body }) => {
        const { payer, capCents, validMinutes, currency: _usd, textLink, ...wish } = body;
        const { displayName, persona } = wish;
        const { call, linkToken } = await dialer.offer(actor, present(wish) as PlaceCallRequest, {
          payer,
          capCents,
          validMs: validMinutes * 60_000,
          textShown: (cap) =>
            `${nameOf(persona)}, an AI persona, calls ${displayName}, for at most ${formatCents(cap)}.`,
        });
        const payUrl = `${publicBaseUrl}/pay/${linkToken}`;
        const texted =
          textLink &&
          (await textPayLink(
            payer,
            `${displayName} is to be called by ${nameOf(persona)}, an AI. Approve what it may cost, or decline: ${payUrl}`,
          ));
        return { callId: call.id, capCents: call.capCents, payUrl, texted };
      },
    }),
    route({
      method: 'get',
      path: '/api/approvals',
      role: 'admin',
      summary: 'What payers were asked and answered, newest first.',
      answer: { status: 200, description: 'Terms and state of each approval.' },
      handle: async ({ actor }) => ({ approvals: await money.approvals(actor) }),
    }),
    route({
      method: 'get',
      path: '/api/calls/:id/money',
      role: 'admin',
      summary: 'What became of the money for a call.',
      params: callParams,
      answer: {
        status: 200,
        description: 'null where there is none; what was given back; the warning that came.',
        schema: callMoneyShape,
      },
      handle: ({ actor, params }) => money.paymentOf(actor, params.id),
    }),
    route({
      method: 'post',
      path: '/api/calls/:id/refunds',
      role: 'admin',
      summary: 'Gives money back. The asker names the refund, so that asking twice gives back once.',
      params: callParams,
      body: z.strictObject({
        id: z.uuid(),
        amountCents: z.number().int().min(1),
        reason: z.string().min(1).max(300),
      }),
      answer: { status: 202, description: 'The refund; it is carried out in a moment.' },
      handle: ({ actor, params, body }) => refunds.request(actor, { ...body, callId: params.id }),
    }),
    route({
      method: 'get',
      path: '/api/disputes',
      role: 'admin',
      summary: 'Payments that payers’ banks want back, newest first, with what speaks for each.',
      answer: {
        status: 200,
        description: 'Stripe’s dashboard takes the evidence.',
        schema: disputesShape,
      },
      handle: async ({ actor }) => ({ disputes: await disputes.list(actor) }),
    }),
  ];
}
