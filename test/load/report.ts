import { percentile } from '../percentile.ts';
import type { LineFigures } from './load-line.ts';

/** One run of one subject. */
export interface Run {
  subject: 'floor' | 'product';
  delays: string;
  calls: number;
  opened: number;
  lines: LineFigures[];
  loopLagP99Ms: number;
  cpuPerCallMinute: number;
  kilobytesPerCall: number;
  leftOpen: number;
  lostFrames: number;
}

/** What the vendors take of a turn, from the last voiced frame on: the rest is our own. */
const VENDORS_MS: Readonly<Record<string, Record<Run['subject'], number>>> = {
  zero: { floor: 20, product: 20 },
  // The floor waits for the end of the turn (260); the product drafts on the eager event (120), and its first token
  // is there 40 ms after the end of the turn.
  modelled: { floor: 260 + 180 + 90, product: Math.max(260, 120 + 180) + 90 },
};
const BARGE_VENDORS_MS: Readonly<Record<string, number>> = { zero: 0, modelled: 60 };

export function reportOf(run: Run): string {
  const turns = run.lines.flatMap((line) => line.turnMs);
  const barges = run.lines.flatMap((line) => line.bargeMs);
  const own = turns.map((ms) => ms - (VENDORS_MS[run.delays]?.[run.subject] ?? 0));
  const sum = (pick: (line: LineFigures) => number) =>
    run.lines.reduce((total, line) => total + pick(line), 0);
  const firsts = run.lines.flatMap((line) => (line.firstTurnMs === null ? [] : [line.firstTurnMs]));
  const openings = run.lines.flatMap((line) => (line.openingMs === null ? [] : [line.openingMs]));
  return [
    `${run.delays.padEnd(8)} ${String(run.calls).padStart(3)} calls  ${run.subject.padEnd(7)}`,
    `${String(turns.length).padStart(4)} turns`,
    `latency ${quartet(turns)}`,
    `own ${quartet(own)}`,
    `clear ${quartet(barges.map((ms) => ms - (BARGE_VENDORS_MS[run.delays] ?? 0)))}`,
    `cpu ${run.cpuPerCallMinute.toFixed(3)}`,
    `${run.kilobytesPerCall.toFixed(0)} KB/call`,
    `missed ${sum((line) => line.missedTurns)}`,
    `underruns ${sum((line) => line.underruns)}`,
    `foreign ${sum((line) => line.foreignSids)}`,
    `lost ${run.lostFrames}`,
    `open ${run.leftOpen}`,
    ...(openings.length > 0 ? [`opening ${percentile(openings, 0.5).toFixed(0)}`] : []),
    ...(firsts.length > 0
      ? [
          `first turn own ${(percentile(firsts, 0.5) - (VENDORS_MS[run.delays]?.[run.subject] ?? 0)).toFixed(0)}`,
        ]
      : []),
    `harness lag p99 ${run.loopLagP99Ms.toFixed(1)}`,
  ].join('  ');
}

/** The product against the mean of the floor before and after it. */
export function summarise(runs: readonly Run[]): string {
  const rows = ['delays    calls   own p50   own p99   cpu     (product as a multiple of the floor)'];
  for (const product of runs.filter((run) => run.subject === 'product')) {
    const floors = runs.filter(
      (run) => run.subject === 'floor' && run.delays === product.delays && run.calls === product.calls,
    );
    const mean = (pick: (run: Run) => number) =>
      floors.reduce((sum, run) => sum + pick(run), 0) / floors.length;
    const spoke = [product, ...floors].every((run) => run.lines.some((line) => line.turnMs.length > 0));
    const ratio = (pick: (run: Run) => number) =>
      !spoke ? '-'.padStart(9) : `${(pick(product) / mean(pick)).toFixed(2)} x`.padStart(9);
    rows.push(
      `${product.delays.padEnd(8)} ${String(product.calls).padStart(6)} ${ratio((run) => ownOf(run, 0.5))} ${ratio((run) => ownOf(run, 0.99))} ${ratio((run) => run.cpuPerCallMinute)}`,
    );
  }
  return rows.join('\n');
}

function ownOf(run: Run, share: number): number {
  const vendors = VENDORS_MS[run.delays]?.[run.subject] ?? 0;
  return (
    percentile(
      run.lines.flatMap((line) => line.turnMs),
      share,
    ) - vendors
  );
}

/** p50/p95/p99/max. */
function quartet(values: readonly number[]): string {
  if (values.length === 0) return '-';
  return [0.5, 0.95, 0.99, 1].map((share) => percentile(values, share).toFixed(1)).join('/');
}
