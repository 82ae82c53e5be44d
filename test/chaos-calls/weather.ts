import { type Fault, faultSchema } from '../../server/sandbox/faults.ts';
import type { Draws } from '../simulation/draws.ts';

/** What can go wrong between us and the vendors, and how often each is played. */
const WEATHER: ReadonlyArray<
  readonly [weight: number, fault: Partial<Fault> & Pick<Fault, 'vendor' | 'kind'>]
> = [
  [3, { vendor: 'twilio', kind: 'callbacks-lost' }],
  [2, { vendor: 'twilio', kind: 'callbacks-doubled' }],
  [2, { vendor: 'twilio', kind: 'callbacks-reordered' }],
  [2, { vendor: 'twilio', kind: 'callbacks-late', delayMs: 1_500 }],
  [2, { vendor: 'twilio', kind: 'stop-lost' }],
  [2, { vendor: 'twilio', kind: 'lost-answer' }],
  [2, { vendor: 'twilio', kind: 'status', status: 503, times: 2 }],
  [1, { vendor: 'twilio', kind: 'slow', delayMs: 2_000 }],
  [2, { vendor: 'deepgram', kind: 'drop', afterMs: 2_000, times: 3 }],
  [2, { vendor: 'deepgram', kind: 'refuse', times: 6 }],
  [1, { vendor: 'deepgram', kind: 'stall', times: 2 }],
  [2, { vendor: 'cartesia', kind: 'drop', afterMs: 1_500, times: 3 }],
  [2, { vendor: 'cartesia', kind: 'refuse', times: 4 }],
  [1, { vendor: 'cartesia', kind: 'stall', times: 2 }],
  [2, { vendor: 'cerebras', kind: 'status', status: 503, times: 12 }],
  [1, { vendor: 'cerebras', kind: 'stall', times: 3 }],
  [1, { vendor: 'openai', kind: 'status', status: 500, times: 3 }],
  [1, { vendor: 'stripe', kind: 'lost-answer', path: '/capture' }],
  [1, { vendor: 'stripe', kind: 'failed-answer', path: '/capture' }],
  [2, { vendor: 'stripe', kind: 'webhooks-lost', times: 3 }],
];

/** A fault for the next seconds. */
export function drawFault(draws: Draws, index: number): Fault {
  const all = WEATHER.reduce((sum, [weight]) => sum + weight, 0);
  let left = draws.unit('weather', index) * all;
  const chosen = WEATHER.find(([weight]) => {
    left -= weight;
    return left < 0;
  });
  return faultSchema.parse(chosen?.[1] ?? { vendor: 'twilio', kind: 'callbacks-lost' });
}
