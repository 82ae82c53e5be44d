import { Router } from 'express';
import { formatCents } from '../../cost/money.ts';
import type { Logger } from '../../log.ts';
import type { Mandates } from '../../payments/mandates.ts';
import { escapeHtml, type Page, sendPage, when } from './html.ts';
import { answerOf, payerForm, payerPage, type ServePayer, unclear } from './payer-page.ts';

type View = Awaited<ReturnType<Mandates['view']>>;

/** /pay/mandate/:token: a payer's yes to many calls, and what has become of it. Reading changes nothing. */
export function mandatePages({ mandates, log }: { mandates: Mandates; log: Logger }): Router {
  const router = Router();
  const page = (serve: ServePayer) => payerPage(log, serve);
  router.get(
    '/:token',
    page(async (token, _request, response) => {
      const view = await mandates.view(token);
      sendPage(
        response,
        200,
        view.mandate.state === 'offered' && view.isOpen ? questionPage(view) : statusPage(view),
      );
    }),
  );
  router.post(
    '/:token',
    payerForm,
    page(async (token, request, response) => {
      const { answer } = answerOf(request);
      const from = request.ip ?? '';
      if (answer === 'approve') return response.redirect(303, (await mandates.approve(token, from)).url);
      if (answer === 'decline') await mandates.decline(token, from);
      else if (answer === 'revoke') await mandates.revoke({ token });
      else throw unclear();
      response.redirect(303, `${request.baseUrl}/${token}`);
    }),
  );
  return router;
}

function questionPage({ mandate, callee, payer }: View): Page {
  const card =
    payer.paymentMethodId === null
      ? 'Next you leave a card with Stripe. Nothing is charged then.'
      : 'The card that you left with us is used.';
  return {
    title: `Calls to ${callee}`,
    body: `<h1>${escapeHtml(mandate.textShown)}</h1>
<p>${card} Before each call up to <strong>${formatCents(mandate.perCallCents)}</strong> is held on it without asking you
again; only what the call has cost is taken when it is over, and the rest is let go at once.</p>
<p>This holds until ${when(mandate.validUntil)}. You can take it back on this page at any time, also during a call.</p>
<form method="post"><button class="main" name="answer" value="approve">Approve up to ${formatCents(mandate.perMonthCents)} a month</button>
<button name="answer" value="decline">Decline</button></form>
<p>You can answer until ${when(mandate.answerUntil)}.</p>`,
  };
}

function statusPage({ mandate, callee, payer, isOpen, spentCents }: View): Page {
  const isInForce = mandate.state === 'approved' && isOpen;
  const facts = [
    ['For each call at most', formatCents(mandate.perCallCents)],
    ['For each month at most', formatCents(mandate.perMonthCents)],
    ['This month, with what is held', formatCents(spentCents)],
    ['Until', when(mandate.validUntil)],
  ];
  const card =
    isInForce && payer.paymentMethodId === null
      ? '<form method="post"><button class="main" name="answer" value="approve">Leave a card</button></form>'
      : '';
  const revoke = isInForce
    ? '<form method="post"><button name="answer" value="revoke">Take my approval back</button></form>'
    : '';
  return {
    title: `Calls to ${callee}`,
    body: `<h1>Calls to ${escapeHtml(callee)}</h1><p role="status">${stateText(mandate.state, isOpen, payer.paymentMethodId !== null)}</p>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>${card}${revoke}`,
  };
}

function stateText(state: View['mandate']['state'], isOpen: boolean, hasCard: boolean): string {
  switch (state) {
    case 'declined':
      return 'You declined. No call is made at your expense.';
    case 'revoked':
      return 'You took your approval back. No further call is made at your expense.';
    case 'offered':
      return 'The time to answer is over. No call is made at your expense.';
    case 'approved':
      if (!isOpen) return 'Your approval has run out. No further call is made at your expense.';
      return hasCard
        ? 'You approved. Calls are made within these limits.'
        : 'You approved. A card is missing.';
    default:
      return state satisfies never;
  }
}
