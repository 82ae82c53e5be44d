import type { HOLD_STATES } from '../../db/schema/payments.ts';
import type { IntentView } from './stripe-answers.ts';

export type HoldState = (typeof HOLD_STATES)[number];

/** What is known of a hold when Stripe is looked at. */
export interface HoldView {
  state: HoldState;
  amountCents: number;
  /** The approval stands, its window is open, and the call still waits to be made. */
  isWanted: boolean;
  /** The call has ended, and its settlement decides what becomes of the money. */
  isSettling: boolean;
}

export interface HoldStep {
  to: HoldState;
  action: 'nothing' | 'dial' | 'release' | 'refund-all';
  /** What a person has to look at. */
  alert: string | null;
}

const stay = (hold: HoldView): HoldStep => ({ to: hold.state, action: 'nothing', alert: null });

/**
 * What a hold becomes when Stripe says this of its intent. Stripe's word is the present, however many messages about
 * it were lost, doubled or late; so nothing here depends on how it was learned.
 */
export function nextHold(hold: HoldView, intent: IntentView): HoldStep {
  if (hold.state === 'captured' || hold.state === 'released' || hold.state === 'lost')
    return ended(hold, intent);
  if (hold.isSettling) return stay(hold); // settlement looks for itself, under its own lock
  switch (intent.status) {
    case 'requires_capture':
      return held(hold, intent);
    case 'succeeded':
      // Taken although it was only to be held: somebody made the intent without manual capture.
      return { to: 'lost', action: 'refund-all', alert: 'taken-instead-of-held' };
    case 'canceled':
      return hold.state === 'held'
        ? { to: 'lost', action: 'nothing', alert: 'hold-lost' }
        : { to: 'released', action: 'nothing', alert: null };
    default:
      return hold.isWanted ? stay(hold) : { to: 'releasing', action: 'release', alert: null };
  }
}

function held(hold: HoldView, intent: IntentView): HoldStep {
  const fits = intent.isManual && intent.currency === 'usd' && intent.amountCents === hold.amountCents;
  if (!fits) return { to: 'releasing', action: 'release', alert: 'hold-does-not-fit' };
  if (!hold.isWanted) return { to: 'releasing', action: 'release', alert: null };
  return { to: 'held', action: hold.state === 'held' ? 'nothing' : 'dial', alert: null };
}

/** A hold that is over must not hold or take anything. */
function ended(hold: HoldView, intent: IntentView): HoldStep {
  if (hold.state !== 'captured' && intent.status === 'requires_capture')
    return { to: hold.state, action: 'release', alert: 'held-after-the-end' };
  if (hold.state === 'released' && intent.status === 'succeeded')
    return { to: hold.state, action: 'refund-all', alert: 'taken-after-release' };
  return stay(hold);
}
