import { type Fault, faultSchema } from '../../server/sandbox/faults.ts';
import type { Draws } from '../simulation/draws.ts';

/** What can go wrong between us and Stripe, and how often each is played. */
const WEATHER: ReadonlyArray<readonly [weight: number, fault: Partial<Fault> & Pick<Fault, 'kind'>]> = [
  [3, { kind: 'lost-answer', path: '/capture', times: 2 }],
  [2, { kind: 'failed-answer', path: '/capture' }],
  [2, { kind: 'failed-saved', path: '/capture' }],
  [2, { kind: 'lost-answer', path: '/cancel', times: 2 }],
  [1, { kind: 'failed-saved', path: '/cancel' }],
  [1, { kind: 'slow', path: '/capture', delayMs: 300 }],
  [1, { kind: 'lost-answer', path: '/checkout/sessions', times: 2 }],
  [1, { kind: 'status', status: 429, path: '/payment_intents' }],
  [1, { kind: 'status', status: 503, path: '/payment_intents' }],
  [1, { kind: 'refuse', path: '/payment_intents', times: 2 }],
  [1, { kind: 'failed-saved', path: '/v1/payment_intents' }],
  [1, { kind: 'failed-answer', path: '/v1/payment_intents' }],
  [3, { kind: 'webhooks-lost', times: 3 }],
  [3, { kind: 'webhooks-doubled', times: 3 }],
  [2, { kind: 'webhooks-late', delayMs: 800, times: 2 }],
  [2, { kind: 'webhooks-reordered', delayMs: 500, times: 2 }],
];

/** A fault for the next call or so. */
export function drawFault(draws: Draws, index: number): Fault {
  const all = WEATHER.reduce((sum, [weight]) => sum + weight, 0);
  let left = draws.unit('weather', index) * all;
  const chosen = WEATHER.find(([weight]) => {
    left -= weight;
    return left < 0;
  });
  return faultSchema.parse({ vendor: 'stripe', ...(chosen?.[1] ?? { kind: 'refuse' }) });
}
