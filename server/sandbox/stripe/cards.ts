/** Stripe's test cards, as far as they matter here. Source: docs.stripe.com/testing. */
export interface Card {
  brand: 'visa' | 'mastercard' | 'amex' | 'discover';
  last4: string;
  /** What the bank says to a charge; null is yes. */
  decline: 'generic_decline' | 'insufficient_funds' | null;
  /** When the bank wants to see its customer. */
  authentication: 'never' | 'unless-set-up' | 'always';
  /** Attaching it succeeds, charging it does not. */
  failsOnCharge: boolean;
}

const visa = (last4: string, more: Partial<Card> = {}): Card => ({
  brand: 'visa',
  last4,
  decline: null,
  authentication: 'never',
  failsOnCharge: false,
  ...more,
});

export const TEST_CARDS: Readonly<Record<string, Card>> = {
  '4242424242424242': visa('4242'),
  '5555555555554444': visa('4444', { brand: 'mastercard' }),
  '4000000000000002': visa('0002', { decline: 'generic_decline' }),
  '4000000000009995': visa('9995', { decline: 'insufficient_funds' }),
  '4000002500003155': visa('3155', { authentication: 'unless-set-up' }),
  '4000002760003184': visa('3184', { authentication: 'always' }),
  '4000003800000446': visa('0446', { authentication: 'unless-set-up' }),
  '4000008260003178': visa('3178', { authentication: 'always', decline: 'insufficient_funds' }),
  '4000000000000341': visa('0341', { failsOnCharge: true }),
};

const DAY_S = 86_400;

/**
 * How long an authorisation lasts, in seconds: Visa merchant-initiated 4 d 18 h, everything else 7 d.
 * Source: docs.stripe.com, "Place a hold on a payment method", card not present.
 */
export function holdSeconds(card: Card, offSession: boolean): number {
  return card.brand === 'visa' && offSession ? 4 * DAY_S + 18 * 3_600 : 7 * DAY_S;
}
