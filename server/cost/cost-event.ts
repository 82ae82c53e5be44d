import type { MicroCents } from './money.ts';
import type { Sku, UsageType } from './skus.ts';
import type { Usage, UsageVendor } from './usage.ts';

/** One row of the append-only record of what a call consumed. */
export interface CostEvent {
  seq: number;
  type: UsageType;
  vendor: UsageVendor;
  sku: Sku;
  units: bigint;
  retailMicroCents: MicroCents;
  vendorMicroCents: MicroCents;
  retailCard: string;
  vendorCard: string;
  vendorReference: string;
  outcome: Usage['outcome'];
  reason: string | null;
  at: Date;
}

export type SavedCostEvent = Pick<
  CostEvent,
  | 'seq'
  | 'vendor'
  | 'sku'
  | 'units'
  | 'retailMicroCents'
  | 'vendorMicroCents'
  | 'vendorReference'
  | 'vendorCard'
>;
