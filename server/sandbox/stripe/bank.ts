import type { IncomingMessage, ServerResponse } from 'node:http';
import { charge, decline } from './confirm.ts';
import { StripeError } from './errors.ts';
import type { StripeLedger } from './ledger.ts';
import type { PaymentIntent } from './objects.ts';

/** The page of the payer's bank, to which Stripe sends them when a confirmed intent requires an action. */
export function serveBank(
  ledger: StripeLedger,
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  body: string,
): boolean {
  const id = /^\/c\/authenticate\/(pi_[0-9a-f]+)$/.exec(pathname)?.[1];
  const intent = ledger.intents.get(id ?? '');
  if (intent === undefined) return false;
  const action = intent.next_action?.redirect_to_url;
  if (action === undefined) sendPage(response, 410, '<p>There is nothing to confirm any more.</p>');
  else if (request.method === 'GET')
    sendPage(
      response,
      200,
      `<h1>Your bank</h1><p>Is it you who pays? (${intent.id.slice(-6)})</p>
<form method="post"><button name="do" value="complete">Complete authentication</button>
<button name="do" value="fail">Fail authentication</button></form>`,
    );
  else {
    const hasSucceeded = answer(ledger, intent, new URLSearchParams(body).get('do') === 'complete');
    const back = new URL(action.return_url);
    back.searchParams.set('payment_intent', intent.id);
    back.searchParams.set('payment_intent_client_secret', intent.client_secret);
    back.searchParams.set('redirect_status', hasSucceeded ? 'succeeded' : 'failed');
    response.writeHead(303, { location: back.href }).end();
  }
  return true;
}

function answer(ledger: StripeLedger, intent: PaymentIntent, isCustomer: boolean): boolean {
  const method = ledger.methods.get(intent.payment_method ?? '');
  try {
    if (!isCustomer || method === undefined)
      decline(ledger, intent, 'payment_intent_authentication_failure', 'authentication_failed');
    charge(ledger, intent, method);
    return true;
  } catch (error) {
    if (error instanceof StripeError) return false; // the intent says why
    throw error;
  }
}

function sendPage(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
    .end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Bank</title>${body}</html>`);
}
