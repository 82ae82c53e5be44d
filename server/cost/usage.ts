import type { Sku } from './skus.ts';

export type UsageVendor =
  | 'twilio'
  | 'deepgram'
  | 'cartesia'
  | 'cerebras'
  | 'openai'
  /** Our own memory, which no vendor bills. */
  | 'ringback';

/** What an act consumed. The same (vendor, sku, reference) replaces itself: an upper bound first, the truth after. */
export interface Usage {
  vendor: UsageVendor;
  sku: Sku;
  /** In the sku's unit, whole. */
  units: number;
  /** The vendor's own name for the act. */
  reference: string;
  outcome: 'complete' | 'aborted' | 'failed' | 'estimated';
  reason?: string;
}

export type UsageSink = (usage: Usage) => void;
