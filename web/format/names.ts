import { FAILED_ENDS } from '../../server/call/failed-ends.ts';
import { SKUS } from '../../server/cost/skus.ts';

/** What things are called on a page. */

const END_WORDS: Readonly<Record<string, string>> = {
  'caller-hung-up': 'they hung up',
  'persona-said-goodbye': 'goodbye was said',
  'asked-to-stop': 'they want no more calls',
  machine: 'a machine answered',
  silence: 'nobody spoke',
  loop: 'it went in circles',
  'model-failed': 'the language model failed',
  'hearing-failed': 'hearing failed',
  'voice-failed': 'the voice failed',
  'budget-exhausted': 'the money was used up',
  'approval-revoked': 'the payer took it back',
  requested: 'it was ended from here',
  draining: 'the server was stopped',
  'no-answer': 'nobody picked up',
  busy: 'busy',
  canceled: 'called off',
  'process-died': 'the server broke down',
};

export function endWords(reason: string): string {
  return END_WORDS[reason] ?? reason.replaceAll(/[-_]/g, ' ');
}

/** Whether we, or a vendor of ours, let the callee down. */
export function isFailure(reason: string): boolean {
  return FAILED_ENDS.includes(reason);
}

export function personaName(slug: string): string {
  return slug.slice(0, 1).toUpperCase() + slug.slice(1);
}

/** What was used: its name, and how much in words such as "37 s" or "365 characters". */
export function skuName(sku: string): string {
  return sku in SKUS ? SKUS[sku as keyof typeof SKUS].name : sku;
}

export function unitsWords(sku: string, units: string): string {
  const unit = sku in SKUS ? SKUS[sku as keyof typeof SKUS].unit : 'units';
  const count = Number(units);
  if (unit === 'milliseconds') return `${(count / 1_000).toLocaleString()} s`;
  return `${count.toLocaleString()} ${count === 1 ? unit.slice(0, -1) : unit}`;
}
