import type { Event } from '../../server/call/conversation/types.ts';
import { problemOf } from './fuzz.ts';
import { type Scenario, sizeOf } from './scenario.ts';
import { type Outcome, runCall } from './world.ts';

/** Makes a failing call smaller, as long as the same rule breaks. */
export async function shrinkScenario(
  scenario: Scenario,
  rule: string,
): Promise<{ scenario: Scenario; outcome: Outcome }> {
  let best = scenario;
  for (;;) {
    const smaller = await firstThatBreaks(simpler(best), rule);
    if (smaller === null) break;
    best = smaller;
  }
  return { scenario: best, outcome: await runCall(best, { keepLog: true, deep: true }) };
}

async function firstThatBreaks(candidates: Iterable<Scenario>, rule: string): Promise<Scenario | null> {
  for (const candidate of candidates) {
    const { violation } = await runCall(candidate, { deep: true });
    if (violation?.rule === rule) return candidate;
  }
  return null;
}

function* simpler(scenario: Scenario): Generator<Scenario> {
  const size = sizeOf(scenario);
  for (const candidate of changes(scenario)) if (sizeOf(candidate) < size) yield candidate;
}

function* changes(s: Scenario): Generator<Scenario> {
  if (s.hangUpAt !== null) yield { ...s, hangUpAt: null };
  if (s.stop !== null) yield { ...s, stop: null };
  if (s.machineAt !== null) yield { ...s, machineAt: null };
  if (s.jitterMs > 0) yield { ...s, jitterMs: 0 };
  for (let i = s.moves.length - 1; i >= 0; i--) yield { ...s, moves: without(s.moves, i) };
  for (let i = 0; i < s.faults.length; i++) yield { ...s, faults: without(s.faults, i) };
  for (let i = 0; i < s.freezes.length; i++) yield { ...s, freezes: without(s.freezes, i) };
  for (let i = 0; i < s.budget.length; i++) yield { ...s, budget: without(s.budget, i) };
  for (let i = 0; i < s.keys.length; i++) yield { ...s, keys: without(s.keys, i) };
  for (const [i, move] of s.moves.entries()) {
    if (move.hesitates !== null) yield { ...s, moves: s.moves.with(i, { ...move, hesitates: null }) };
    if (move.stt !== 'fine') yield { ...s, moves: s.moves.with(i, { ...move, stt: 'fine' }) };
  }
}

/** The shortest list of events that still breaks the rule (delta debugging, one event at a time in the end). */
export function shrinkEvents(events: readonly Event[], rule: string): Event[] {
  let best = [...events];
  for (let chunk = Math.ceil(best.length / 2); chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
    for (let at = 0; at + chunk <= best.length; ) {
      const candidate = [...best.slice(0, at), ...best.slice(at + chunk)];
      if (problemOf(candidate) === rule) best = candidate;
      else at += chunk;
    }
  }
  return best;
}

function without<T>(list: readonly T[], index: number): T[] {
  return list.filter((_, i) => i !== index);
}
