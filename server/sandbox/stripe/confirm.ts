import type { Card } from './cards.ts';
import { noSuch, StripeError } from './errors.ts';
import { type StripeLedger, unexpectedState } from './ledger.ts';
import type { PaymentIntent } from './objects.ts';

/**
 * Confirms an intent without the payer (`off_session`): a bank that wants to see its customer says no, and the
 * intent goes back to `requires_payment_method`.
 */
export function confirmOffSession(
  ledger: StripeLedger,
  intent: PaymentIntent,
  methodId: string | undefined,
): void {
  const method = ledger.methods.get(methodId ?? '');
  if (method === undefined) throw noSuch('PaymentMethod', methodId ?? '');
  if (method.customer !== intent.customer)
    throw new StripeError(
      400,
      'invalid_request_error',
      'The provided PaymentMethod does not belong to the customer.',
    );
  intent.payment_method = method.id;
  const { plastic: card } = method;
  if (wantsCustomer(method)) decline(ledger, intent, 'authentication_required', 'authentication_required');
  const reason = card.decline ?? (card.failsOnCharge ? 'generic_decline' : null);
  if (reason !== null) decline(ledger, intent, 'card_declined', reason);
  ledger.authorise(intent, card, true);
}

/**
 * Confirms an intent while the payer is there: a bank that wants to see its customer gets a page of its own.
 * @param bankUrl where the stand-in plays that bank.
 */
export function confirmOnSession(
  ledger: StripeLedger,
  intent: PaymentIntent,
  confirmation: { methodId: string | undefined; returnUrl: string | undefined; bankUrl: string },
): void {
  if (intent.status !== 'requires_payment_method' && intent.status !== 'requires_confirmation')
    throw unexpectedState(intent, 'confirmed');
  const method = ledger.methods.get(confirmation.methodId ?? intent.payment_method ?? '');
  if (method === undefined) throw noSuch('PaymentMethod', confirmation.methodId ?? '');
  if (confirmation.returnUrl === undefined)
    throw new StripeError(400, 'invalid_request_error', 'Without a `return_url` no bank can be asked here.', {
      code: 'parameter_missing',
      param: 'return_url',
    });
  intent.payment_method = method.id;
  if (!wantsCustomer(method)) return charge(ledger, intent, method);
  intent.status = 'requires_action';
  intent.next_action = {
    type: 'redirect_to_url',
    redirect_to_url: { url: confirmation.bankUrl, return_url: confirmation.returnUrl },
  };
  ledger.emit('payment_intent.requires_action', intent);
}

type Method = NonNullable<ReturnType<StripeLedger['methods']['get']>>;

function wantsCustomer({ plastic, isSetUp }: Method): boolean {
  return plastic.authentication === 'always' || (plastic.authentication === 'unless-set-up' && !isSetUp);
}

/** The payer is there, or the bank has seen them: it says yes or no. */
export function charge(ledger: StripeLedger, intent: PaymentIntent, { plastic }: Method): void {
  const reason = plastic.decline ?? (plastic.failsOnCharge ? 'generic_decline' : null);
  if (reason !== null) decline(ledger, intent, 'card_declined', reason);
  ledger.authorise(intent, plastic, false);
}

/** The bank says no to a charge. @throws StripeError always. */
export function decline(
  ledger: StripeLedger,
  intent: PaymentIntent,
  code: string,
  declineCode: string,
): never {
  const message = messageOf(code, declineCode);
  intent.status = 'requires_payment_method';
  intent.next_action = null;
  intent.last_payment_error = { type: 'card_error', code, decline_code: declineCode, message };
  ledger.emit('payment_intent.payment_failed', intent);
  throw new StripeError(402, 'card_error', message, {
    code,
    decline_code: declineCode,
    payment_intent: structuredClone(intent),
  });
}

function messageOf(code: string, declineCode: string): string {
  if (declineCode === 'authentication_failed') return 'The bank could not see that it is you.';
  if (code === 'authentication_required')
    return 'Your card was declined. This transaction requires authentication.';
  return declineCode === 'insufficient_funds'
    ? 'Your card has insufficient funds.'
    : 'Your card was declined.';
}

/** Why a card that is typed in is refused at once; null when it is not. */
export function refusalOf(card: Card): string | null {
  if (card.authentication !== 'never') return null; // the bank asks first
  return card.decline ?? (card.failsOnCharge ? 'generic_decline' : null);
}

/** A card leaves its customer for good, and pays for nothing any more. */
export function detach(method: Method): Omit<Method, 'plastic' | 'isSetUp'> {
  if (method.customer === null)
    throw new StripeError(
      400,
      'invalid_request_error',
      'The payment method you provided is not attached to a customer so detachment is impossible.',
    );
  method.customer = null;
  const { plastic: _plastic, isSetUp: _isSetUp, ...shown } = method;
  return shown;
}
