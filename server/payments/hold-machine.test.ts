import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOLD_STATES } from '../../db/schema/payments.ts';
import { type HoldView, nextHold } from './hold-machine.ts';
import type { IntentView } from './stripe-answers.ts';

const STATUSES = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
] as const;

const intent = (status: IntentView['status'], more: Partial<IntentView> = {}): IntentView => ({
  id: 'pi_1',
  status,
  amountCents: 500,
  capturableCents: status === 'requires_capture' ? 500 : 0,
  receivedCents: status === 'succeeded' ? 500 : 0,
  currency: 'usd',
  isManual: true,
  customerId: null,
  paymentMethodId: null,
  captureBefore: null,
  feeCents: null,
  declineCode: null,
  bankUrl: null,
  holdId: 'hold',
  ...more,
});

const hold = (state: HoldView['state'], more: Partial<HoldView> = {}): HoldView => ({
  state,
  amountCents: 500,
  isWanted: true,
  isSettling: false,
  ...more,
});

describe('a hold', () => {
  it.each([
    ['awaiting_payer', 'requires_capture', 'held', 'dial'],
    ['held', 'requires_capture', 'held', 'nothing'],
    ['held', 'canceled', 'lost', 'nothing'],
    ['releasing', 'canceled', 'released', 'nothing'],
    ['awaiting_payer', 'canceled', 'released', 'nothing'],
    ['awaiting_payer', 'requires_payment_method', 'awaiting_payer', 'nothing'],
    ['awaiting_payer', 'succeeded', 'lost', 'refund-all'],
    ['released', 'requires_capture', 'released', 'release'],
    ['released', 'succeeded', 'released', 'refund-all'],
    ['captured', 'succeeded', 'captured', 'nothing'],
  ] as const)('%s, and Stripe says %s: %s, %s', (state, status, to, action) => {
    expect(nextHold(hold(state), intent(status))).toMatchObject({ to, action });
  });

  it.each([
    ['of another amount', { amountCents: 400 }],
    ['in another currency', { currency: 'eur' }],
    ['that takes instead of holding', { isManual: false }],
  ])('%s is let go, and a person is told', (_what, wrong) => {
    expect(nextHold(hold('awaiting_payer'), intent('requires_capture', wrong))).toEqual({
      to: 'releasing',
      action: 'release',
      alert: 'hold-does-not-fit',
    });
  });

  it('case 18: does not depend on what was told before: told again, nothing more happens', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HOLD_STATES),
        fc.constantFrom(...STATUSES),
        fc.boolean(),
        (state, status, isWanted) => {
          const first = nextHold(hold(state, { isWanted }), intent(status));
          const second = nextHold(hold(first.to, { isWanted }), intent(status));
          expect(second.to).toBe(first.to);
          if (first.action === 'dial') expect(second.action).toBe('nothing');
        },
      ),
    );
  });

  it('dials only what is wanted and held, and never comes back to life', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HOLD_STATES),
        fc.constantFrom(...STATUSES),
        fc.boolean(),
        fc.boolean(),
        (state, status, isWanted, isSettling) => {
          const step = nextHold(hold(state, { isWanted, isSettling }), intent(status));
          if (step.action === 'dial')
            expect([isWanted, isSettling, status]).toEqual([true, false, 'requires_capture']);
          if (['captured', 'released', 'lost'].includes(state)) expect(step.to).toBe(state);
        },
      ),
    );
  });
});
