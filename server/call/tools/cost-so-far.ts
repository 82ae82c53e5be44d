import { z } from 'zod';
import type { Tool } from './toolbox.ts';

/** Tells what the call has cost so far, in US dollars, as the payer will be billed. */
export function costSoFarTool(currentTotalCents: () => number): Tool {
  return {
    name: 'get_call_cost',
    description:
      'Tells what this call has cost so far. Use it when the caller asks about the price or the cost of the call.',
    schema: z.object({}),
    run: async () => {
      const cents = currentTotalCents();
      return { status: 'ok', total_cents: cents, spoken: spokenDollars(cents) };
    },
  };
}

/** "2 dollars and 5 cents": written so that any voice reads it right. */
export function spokenDollars(cents: number): string {
  const dollars = Math.floor(cents / 100);
  const rest = cents % 100;
  const parts = [plural(dollars, 'dollar'), plural(rest, 'cent')].filter((part) => part !== '');
  return parts.length === 0 ? 'nothing yet' : parts.join(' and ');
}

function plural(count: number, unit: string): string {
  return count === 0 ? '' : `${count} ${unit}${count === 1 ? '' : 's'}`;
}
