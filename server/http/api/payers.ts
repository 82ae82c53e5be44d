import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { RingbackError } from '../../errors.ts';
import { unblockPayer } from '../../payments/payers.ts';
import { listMandates, listPayers, listPayments } from '../../payments/payments-list.ts';
import { type Route, route } from '../routes.ts';
import { payerDetailShape, payersShape, paymentsShape } from '../shapes/money.ts';

const byId = z.object({ id: z.uuid() });

/** Who pays, what they were asked, and what became of their money. */
export function payerRoutes(db: Database): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/payers',
      role: 'admin',
      summary: 'Everybody who pays for calls, newest first.',
      answer: {
        status: 200,
        description: 'With what is held and what was paid, in cents.',
        schema: payersShape,
      },
      handle: async ({ actor }) => ({ payers: await listPayers(db, actor) }),
    }),
    route({
      method: 'get',
      path: '/api/payers/:id',
      role: 'admin',
      summary: 'One payer, what they said yes to beforehand, and the calls that they were asked about.',
      params: byId,
      answer: { status: 200, description: 'Newest first.', schema: payerDetailShape },
      handle: async ({ actor, params: { id } }) => {
        const [payer] = await listPayers(db, actor, { payerId: id });
        if (payer === undefined)
          throw new RingbackError('payer_unknown', 'There is no such payer.', {
            remedy: 'See GET /api/payers.',
          });
        const [mandates, payments] = await Promise.all([
          listMandates(db, actor, { payerId: id }),
          listPayments(db, actor, { payerId: id }),
        ]);
        return { payer, mandates, payments };
      },
    }),
    route({
      method: 'post',
      path: '/api/payers/:id/unblock',
      role: 'admin',
      summary: 'Lets a payer approve calls again after a dispute.',
      params: byId,
      answer: { status: 200, description: 'The payer is not blocked any more.' },
      handle: async ({ actor, params }) => {
        await unblockPayer(db, actor, params.id);
        return { id: params.id, blocked: false };
      },
    }),
    route({
      method: 'get',
      path: '/api/payments',
      role: 'admin',
      summary: 'Calls that somebody pays for: question, answer, hold and what was taken; newest first.',
      answer: { status: 200, description: 'The newest 200.', schema: paymentsShape },
      handle: async ({ actor }) => ({ payments: await listPayments(db, actor, {}) }),
    }),
  ];
}
