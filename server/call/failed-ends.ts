import type { EndReason } from './conversation/types.ts';

const BROKEN: ReadonlyArray<EndReason | 'process-died'> = [
  'model-failed',
  'hearing-failed',
  'voice-failed',
  'line-protocol-error',
  'process-died',
];
/** Ends that are nobody's wish: we, or a vendor of ours, let the callee down. */
export const FAILED_ENDS: readonly string[] = BROKEN;
