import type { TurnTakingProfile } from '../../server/call/conversation/tunables.ts';
import type { EndReason } from '../../server/call/conversation/types.ts';
import { Draws } from './draws.ts';

/** A whole call as data: what the caller does and what goes wrong. Made from a seed before the call begins. */
export interface Scenario {
  seed: number;
  direction: 'outbound' | 'inbound';
  profile: TurnTakingProfile;
  /** Whether the callee is asked if the call may be recorded, or agreed before. */
  records: 'ask' | 'agreed' | null;
  moves: Move[];
  faults: Fault[];
  /** The way to the carrier takes this long, give or take the jitter; so does the way back. */
  lineDelayMs: number;
  jitterMs: number;
  freezes: Array<{ at: number; ms: number }>;
  budget: Array<{ at: number; level: 'warn' | 'cutoff' | 'revoked' }>;
  hangUpAt: number | null;
  keys: Array<{ at: number; digit: '0' | '*' }>;
  /** When the carrier says that a machine has answered. */
  machineAt: number | null;
  stop: { at: number; reason: EndReason } | null;
}

/** What the caller does next, and when. */
export interface Move {
  /** After the persona fell silent, or after it began to speak. */
  cue: 'silence' | 'speech';
  delayMs: number;
  does:
    | 'says'
    | 'affirms'
    | 'backchannel'
    | 'greets'
    | 'stops'
    | 'noise'
    | 'echo'
    | 'asks-cost'
    | 'says-bye'
    | 'repeats'
    | 'screens'
    | 'ends-recording';
  words: number;
  /** Milliseconds of noise. */
  lengthMs: number;
  /** Pauses in mid-sentence, after so many words, for so long; speech-to-text takes it for the end of the turn. */
  hesitates: { afterWords: number; ms: number } | null;
  stt: 'fine' | 'no-end' | 'late-end' | 'doubled-end' | 'changed-end' | 'no-partials';
}

/** One fault of one part, from its n-th use on, so many times in a row. */
export interface Fault {
  part: 'first-model' | 'second-model' | 'voice' | 'hearing' | 'tool' | 'mark';
  nth: number;
  times: number;
  kind:
    | 'refuse'
    | 'mid'
    | 'stall'
    | 'empty'
    | 'slow'
    | 'ignores-cancel'
    | 'slow-speech'
    | 'doubled-done'
    | 'late-words'
    | 'drop'
    | 'dead'
    | 'never'
    | 'lost';
}

const FAULTS: readonly [Pick<Fault, 'part' | 'kind'>, ...Array<Pick<Fault, 'part' | 'kind'>>] = [
  { part: 'first-model', kind: 'refuse' },
  { part: 'first-model', kind: 'mid' },
  { part: 'first-model', kind: 'stall' },
  { part: 'first-model', kind: 'empty' },
  { part: 'first-model', kind: 'slow' },
  { part: 'first-model', kind: 'ignores-cancel' },
  { part: 'second-model', kind: 'refuse' },
  { part: 'second-model', kind: 'stall' },
  { part: 'second-model', kind: 'mid' },
  { part: 'voice', kind: 'refuse' },
  { part: 'voice', kind: 'mid' },
  { part: 'voice', kind: 'stall' },
  { part: 'voice', kind: 'slow-speech' },
  { part: 'voice', kind: 'doubled-done' },
  { part: 'voice', kind: 'late-words' },
  { part: 'voice', kind: 'ignores-cancel' },
  { part: 'hearing', kind: 'drop' },
  { part: 'hearing', kind: 'dead' },
  { part: 'tool', kind: 'never' },
  { part: 'tool', kind: 'slow' },
  { part: 'mark', kind: 'lost' },
];

export function makeScenario(seed: number): Scenario {
  const d = new Draws(seed);
  const rough = d.chance('rough', 0, 0.55);
  return {
    seed,
    direction: d.chance('inbound', 0, 0.2) ? 'inbound' : 'outbound',
    profile: d.pick('profile', 0, ['balanced', 'balanced', 'balanced', 'conservative', 'aggressive']),
    records: d.chance('records', 0, 0.4)
      ? d.chance('agreed', 0, 0.4)
        ? ('agreed' as const)
        : ('ask' as const)
      : null,
    moves: Array.from({ length: d.int('moves', 0, 1, 7) }, (_, i) => makeMove(d, i)),
    faults: rough ? Array.from({ length: d.int('faults', 0, 1, 4) }, (_, i) => makeFault(d, i)) : [],
    lineDelayMs: d.int('line', 0, 20, 120),
    jitterMs: d.chance('jitter', 0, 0.8) ? d.int('jitter', 1, 5, 60) : 0,
    freezes:
      rough && d.chance('freeze', 0, 0.3)
        ? Array.from({ length: d.int('freezes', 0, 1, 4) }, (_, i) => ({
            at: d.int('freeze-at', i, 500, 40_000),
            ms: d.int('freeze-ms', i, 30, 400),
          }))
        : [],
    budget: d.chance('budget', 0, 0.15)
      ? [
          { at: d.int('warn-at', 0, 3_000, 30_000), level: 'warn' as const },
          ...(d.chance('cutoff', 0, 0.6)
            ? [
                {
                  at: d.int('cutoff-at', 0, 4_000, 50_000),
                  level: d.chance('revoked', 0, 0.3) ? ('revoked' as const) : ('cutoff' as const),
                },
              ]
            : []),
        ]
      : [],
    keys: d.chance('keys', 0, 0.1)
      ? Array.from({ length: d.int('key-count', 0, 1, 2) }, (_, i) => ({
          at: d.int('key-at', i, 500, 40_000),
          digit: d.pick('digit', i, ['0', '*'] as const),
        }))
      : [],
    machineAt: d.chance('machine', 0, 0.05) ? d.int('machine-at', 0, 2_000, 12_000) : null,
    hangUpAt: d.chance('hang-up', 0, 0.12) ? d.int('hang-up-at', 0, 200, 60_000) : null,
    stop: d.chance('stop', 0, 0.08)
      ? { at: d.int('stop-at', 0, 200, 60_000), reason: d.chance('drain', 0, 0.5) ? 'draining' : 'requested' }
      : null,
  };
}

function makeMove(d: Draws, i: number): Move {
  const interrupts = d.chance('cue', i, 0.4);
  const does = interrupts
    ? d.pick<Move['does']>('over', i, [
        'says',
        'says',
        'backchannel',
        'backchannel',
        'noise',
        'noise',
        'echo',
        'stops',
        'greets',
      ])
    : d.pick<Move['does']>('free', i, [
        'says',
        'says',
        'says',
        'affirms',
        'asks-cost',
        'says-bye',
        'noise',
        'greets',
        'repeats',
        'screens',
        ...(d.chance('ends-recording', i, 0.3) ? ['ends-recording' as const] : []),
      ]);
  return {
    cue: interrupts ? 'speech' : 'silence',
    delayMs: interrupts ? d.int('delay', i, 0, 6_000) : d.int('delay', i, 150, 3_000),
    does,
    words: d.int('words', i, 1, 12),
    lengthMs: d.int('length', i, 60, 2_600),
    hesitates: d.chance('hesitates', i, 0.2)
      ? { afterWords: d.int('hesitates-after', i, 1, 5), ms: d.int('hesitates-ms', i, 250, 2_500) }
      : null,
    stt: d.chance('stt', i, 0.12)
      ? d.pick('stt-fault', i, ['no-end', 'late-end', 'doubled-end', 'changed-end', 'no-partials'])
      : 'fine',
  };
}

function makeFault(d: Draws, i: number): Fault {
  const { part, kind } = d.pick('fault', i, FAULTS);
  const nth = d.int('nth', i, 0, part === 'mark' ? 150 : part === 'hearing' ? 1 : 6);
  const times = part === 'mark' ? 3 : d.chance('again', i, 0.3) ? d.int('times', i, 2, 8) : 1;
  return { part, kind, nth, times };
}

/** What goes wrong at this use of a part, if anything. */
export function faultAt(scenario: Scenario, part: Fault['part'], use: number): Fault['kind'] | null {
  return scenario.faults.find((f) => f.part === part && use >= f.nth && use < f.nth + f.times)?.kind ?? null;
}

/** How many things there are that could be taken away: the smaller, the easier to read. */
export function sizeOf(scenario: Scenario): number {
  const { moves, faults, freezes, budget, keys } = scenario;
  return (
    moves.length +
    faults.length +
    freezes.length +
    budget.length +
    keys.length +
    (scenario.machineAt === null ? 0 : 1) +
    moves.filter((move) => move.hesitates !== null).length +
    moves.filter((move) => move.stt !== 'fine').length +
    (scenario.hangUpAt === null ? 0 : 1) +
    (scenario.stop === null ? 0 : 1) +
    (scenario.jitterMs === 0 ? 0 : 1)
  );
}
