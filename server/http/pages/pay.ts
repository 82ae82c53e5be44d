import path from 'node:path';
import { Router } from 'express';
import type { CallStore } from '../../call/store.ts';
import type { Bill } from '../../cost/bill.ts';
import { estimateCallCost } from '../../cost/estimate.ts';
import { formatCents } from '../../cost/money.ts';
import type { RateCards } from '../../cost/rate-card-store.ts';
import { SKUS, type Sku } from '../../cost/skus.ts';
import type { Logger } from '../../log.ts';
import { packageRoot } from '../../paths.ts';
import type { Approvals } from '../../payments/approvals.ts';
import type { MoneyView } from '../../payments/money-view.ts';
import { escapeHtml, KEEP_FRESH_PATH, type Page, sendPage, when } from './html.ts';
import { answerOf, payerForm, payerPage, type ServePayer, unclear } from './payer-page.ts';

export interface PayPagesParts {
  approvals: Approvals;
  rateCards: RateCards;
  store: CallStore;
  money: MoneyView;
  /** The running bill of a call that is live here. */
  currentBill(callId: string): Bill | undefined;
  log: Logger;
}

type View = Awaited<ReturnType<Approvals['view']>>;

const KEEP_FRESH = path.join(packageRoot, 'web', path.basename(KEEP_FRESH_PATH));
/** Lengths for which the page says what a call usually costs. */
const EXAMPLE_MINUTES = [2, 5, 10];

/** /pay/:token and /pay/status/:token. Reading changes nothing, so that a preview of the link approves nothing. */
export function payPages(parts: PayPagesParts): Router {
  const router = Router();
  const page = (serve: ServePayer) => payerPage(parts.log, serve);
  router.get(`/${path.basename(KEEP_FRESH_PATH)}`, (_request, response) => response.sendFile(KEEP_FRESH));
  router.get(
    '/status/:token',
    page(async (token, _request, response) => sendPage(response, 200, await statusPage(parts, token))),
  );
  router.post(
    '/status/:token',
    payerForm,
    page(async (token, request, response) => {
      const { answer } = answerOf(request);
      const from = request.ip ?? '';
      if (answer === 'bank' || answer === 'other-card') {
        const { checkoutUrl } =
          answer === 'bank'
            ? await parts.approvals.approve(token, { from, savesCard: false })
            : await parts.approvals.useOtherCard(token, from);
        return response.redirect(303, checkoutUrl);
      }
      if (answer !== 'revoke') throw unclear();
      await parts.approvals.revoke({ token });
      response.redirect(303, `/pay/status/${token}`);
    }),
  );
  router.get(
    '/:token',
    page(async (token, _request, response) => {
      const view = await parts.approvals.view(token);
      if (view.approval.state !== 'offered' || view.call.state !== 'planned')
        return response.redirect(303, `/pay/status/${token}`);
      sendPage(response, 200, await questionPage(parts, view));
    }),
  );
  router.post(
    '/:token',
    payerForm,
    page(async (token, request, response) => {
      const { answer, saveCard } = answerOf(request);
      const from = request.ip ?? '';
      if (answer === 'approve') {
        const { checkoutUrl } = await parts.approvals.approve(token, { from, savesCard: saveCard === 'on' });
        return response.redirect(303, checkoutUrl);
      }
      if (answer !== 'decline') throw unclear();
      await parts.approvals.decline(token, from);
      response.redirect(303, `/pay/status/${token}`);
    }),
  );
  return router;
}

async function questionPage({ rateCards }: PayPagesParts, { approval, callee, payer }: View): Promise<Page> {
  const retail = await rateCards.byId(approval.retailCardId);
  const examples = EXAMPLE_MINUTES.map((minutes) => {
    const { total_cents: cents } = estimateCallCost(minutes, 0, { retail, feePolicy: approval.feePolicy });
    return `<tr><td>${minutes} minutes</td><td>about ${formatCents(cents)}</td></tr>`;
  }).join('');
  const cap = formatCents(approval.capCents);
  return {
    title: `A call to ${callee}`,
    body: `<h1>${escapeHtml(approval.textShown)}</h1>
<p>Your card is not charged now: up to <strong>${cap}</strong> is held, only what the call has cost is taken when it is over,
and the rest is let go at once. The call ends before it would cost more.</p>
<table><caption>What such calls usually cost</caption><tbody>${examples}</tbody></table>
<form method="post">
${payer.paymentMethodId === null ? '<p><label><input type="checkbox" name="saveCard"> Keep my card for later calls that I approve</label></p>' : '<p>The card that you left with us is used; if it does not work, you can type another one.</p>'}
<button class="main" name="answer" value="approve">Approve up to ${cap}</button>
<button name="answer" value="decline">Decline</button></form>
<p>You can answer until ${when(approval.validUntil)}, and take your approval back at any time, also during the call.</p>`,
  };
}

async function statusPage(
  { approvals, store, money, currentBill }: PayPagesParts,
  token: string,
): Promise<Page> {
  const view = await approvals.view(token);
  const { approval, call, callee } = view;
  const { hold, settlement, refundedCents, warning } = await money.ofCall(call.id);
  const bill =
    currentBill(call.id) ?? (await store.breakdown({ kind: 'system', purpose: 'receipt' }, call.id));
  const isOpen = approval.state === 'approved' && call.state !== 'ended';
  const facts = [
    ['Approved up to', formatCents(approval.capCents)],
    ['Your card', cardText(hold, approval.state)],
    ...(settlement === null ? [] : [['Charged', formatCents(settlement.capturedCents)]]),
    ...(refundedCents > 0 ? [['Refunded', formatCents(refundedCents)]] : []),
    ...(settlement !== null && settlement.writtenOffCents > 0
      ? [['Not charged', `${formatCents(settlement.writtenOffCents)} of the bill`]]
      : []),
  ];
  const rows = facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('');
  const revoke = isOpen
    ? '<form method="post"><button name="answer" value="revoke">Take my approval back</button></form>'
    : '';
  const retry = isOpen && hold?.state === 'awaiting_payer' ? wayOn(approval, hold) : '';
  const warned =
    warning?.notify.includes('payer') === true
      ? `<p role="alert">At ${when(warning.at)} the call had cost ${formatCents(warning.spentCents)} of the ${formatCents(warning.capCents)} that it may cost.</p>`
      : '';
  const isSettled = call.state === 'ended' && settlement?.state !== 'settling';
  return {
    title: `The call to ${callee}`,
    body: `<h1>The call to ${escapeHtml(callee)}</h1><p role="status">${stateText(view)}</p>${warned}<dl>${rows}</dl>${retry}${bill == null ? '' : receipt(bill as Bill, call.state === 'ended')}${revoke}`,
    isLive: !isSettled,
  };
}

/** How a payer goes on whose card is not held yet. */
function wayOn(
  { checkoutUrl }: View['approval'],
  { paymentIntentId }: { paymentIntentId: string | null },
): string {
  if (checkoutUrl !== null) return `<p><a href="${escapeHtml(checkoutUrl)}">Enter your card</a></p>`;
  if (paymentIntentId === null) return '';
  return `<p>Your bank wants to know that it is you.</p><form method="post"><button class="main" name="answer" value="bank">Go to my bank</button>
<button name="answer" value="other-card">Use another card</button></form>`;
}

function stateText({ approval, call }: View): string {
  if (approval.state === 'declined') return 'You declined. There was no call, and nothing was charged.';
  if (call.state === 'planned')
    return approval.state === 'offered'
      ? 'Waiting for your answer.'
      : 'Waiting for your card to be confirmed.';
  if (call.state !== 'ended')
    return call.state === 'live' ? 'The call is going on.' : 'The phone is ringing.';
  return call.answeredAt === null ? 'Nobody was reached. Nothing was charged.' : 'The call is over.';
}

function cardText(hold: Awaited<ReturnType<MoneyView['ofCall']>>['hold'], approval: string): string {
  if (hold === null) return approval === 'approved' ? 'nothing held yet' : 'nothing held';
  const declined = hold.declineCode === null ? '' : ` (the bank said no: ${escapeHtml(hold.declineCode)})`;
  switch (hold.state) {
    case 'awaiting_payer':
      return `waiting for you${declined}`;
    case 'held':
      return `${formatCents(hold.amountCents)} held`;
    case 'releasing':
      return 'the hold is being let go';
    case 'released':
      return 'nothing held any more';
    case 'captured':
      return 'charged once; the rest of the hold was let go';
    case 'lost':
      return 'the hold is gone';
    default:
      return hold.state satisfies never;
  }
}

/** The bill by service; its lines add up to the subtotal, and that with the fee to the total. */
function receipt(
  { services, subtotalCents, stripeFeeCents, totalCostCents }: Bill,
  isFinal: boolean,
): string {
  const lines = services
    .filter(({ cents }) => cents > 0)
    .map(({ sku, cents }) => `<tr><td>${SKUS[sku as Sku].name}</td><td>${formatCents(cents)}</td></tr>`)
    .join('');
  const total = (name: string, cents: number) => `<tr><th>${name}</th><td>${formatCents(cents)}</td></tr>`;
  return `<table><caption>${isFinal ? 'Receipt' : 'So far'}</caption><tbody>${lines}</tbody><tfoot>${total('Subtotal', subtotalCents)}${total('Card fee', stripeFeeCents)}${total('Total', totalCostCents)}</tfoot></table>`;
}
