import type { Card } from './cards.ts';
import { noSuch, StripeError } from './errors.ts';
import type { StripeLedger } from './ledger.ts';
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
  intent.payment_method = method.id;
  const { plastic: card } = method;
  const wantsCustomer =
    card.authentication === 'always' || (card.authentication === 'unless-set-up' && !method.isSetUp);
  if (wantsCustomer) decline(ledger, intent, 'authentication_required', 'authentication_required');
  const reason = card.decline ?? (card.failsOnCharge ? 'generic_decline' : null);
  if (reason !== null) decline(ledger, intent, 'card_declined', reason);
  ledger.authorise(intent, card, true);
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
  intent.last_payment_error = { type: 'card_error', code, decline_code: declineCode, message };
  ledger.emit('payment_intent.payment_failed', intent);
  throw new StripeError(402, 'card_error', message, {
    code,
    decline_code: declineCode,
    payment_intent: structuredClone(intent),
  });
}

function messageOf(code: string, declineCode: string): string {
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
