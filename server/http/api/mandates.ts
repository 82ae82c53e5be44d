import { z } from 'zod';
import type { CallStore } from '../../call/store.ts';
import { formatCents } from '../../cost/money.ts';
import { MANDATE_PATH, type Mandates } from '../../payments/mandates.ts';
import type { TextPayLink } from '../../telephony/pay-link-texts.ts';
import { type Route, route } from '../routes.ts';
import { callee, payerReference } from './fields.ts';

export interface MandateRoutesParts {
  mandates: Mandates;
  store: CallStore;
  textPayLink: TextPayLink;
  publicBaseUrl: string;
}

const HOUR_MS = 3_600_000;

/** A payer's yes to many calls: so much a call, so much a month. */
export function mandateRoutes({ mandates, store, textPayLink, publicBaseUrl }: MandateRoutesParts): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/mandates',
      role: 'admin',
      summary:
        'Makes the link with which a payer approves calls to somebody beforehand, and leaves a card for them.',
      body: z
        .strictObject({
          ...callee,
          payer: payerReference,
          perCallCents: z.number().int().min(50).max(100_000),
          perMonthCents: z.number().int().min(50).max(1_000_000),
          currency: z.literal('usd').default('usd'),
          validDays: z.number().int().min(1).max(366).default(90),
          answerHours: z.number().int().min(1).max(720).default(72),
          /** Whether the payer is texted the link. */
          textLink: z.boolean().default(false),
        })
        .refine(({ perCallCents, perMonthCents }) => perMonthCents >= perCallCents, {
          message: 'a month must pay for one call at least',
          path: ['perMonthCents'],
        }),
      answer: { status: 201, description: 'The mandate and the payer’s link, which is told this one time.' },
      handle: async ({ actor, body }) => {
        const { to, displayName, payer, perCallCents, perMonthCents, validDays, answerHours } = body;
        const user = await store.ensureUser(actor, to, displayName);
        const { mandate, linkToken } = await mandates.offer(actor, {
          userId: user.id,
          payer,
          perCallCents,
          perMonthCents,
          answerMs: answerHours * HOUR_MS,
          validMs: validDays * 24 * HOUR_MS,
          textShown: `AI personas call ${displayName}, each call for at most ${formatCents(perCallCents)}, all calls of a month for at most ${formatCents(perMonthCents)}.`,
        });
        const payUrl = `${publicBaseUrl}${MANDATE_PATH}/${linkToken}`;
        const texted =
          body.textLink &&
          (await textPayLink(
            payer,
            `You are asked to pay for calls of AI personas to ${displayName}. Look at it, approve or decline: ${payUrl}`,
          ));
        return { mandateId: mandate.id, payUrl, texted };
      },
    }),
    route({
      method: 'get',
      path: '/api/mandates',
      role: 'admin',
      summary: 'What payers were asked beforehand and answered, newest first.',
      answer: { status: 200, description: 'Terms and state of each mandate.' },
      handle: async ({ actor }) => ({ mandates: await mandates.list(actor) }),
    }),
  ];
}
