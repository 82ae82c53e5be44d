import { isClosing, type Step, set } from './context.ts';
import { armDrain, change, heardMs, isSounding, leaveWhatWasHeard, unheardMs } from './mouth.ts';
import type { Utterance } from './state.ts';

/**
 * The barge-in ladder. Sound is noted; sound that lasts silences the persona for the time being and nothing is
 * committed; words cut it off for good; no words within a while, and it goes on from where it was heard.
 */

/** @param forMs how long the voice has been there already; its end would be known `offLagMs` late. */
export function onVoice(cx: Step, forMs: number, offLagMs: number): void {
  const { call, caller, barge, config } = cx.s;
  if (call.phase === 'opening') {
    // A "hello" has begun: the opening waits for its end.
    if (caller.now === 'quiet') set(cx, { call: { ...call, speakAt: call.latestAt } });
    return;
  }
  if (call.phase !== 'talking' || barge.now !== 'none' || !isSounding(cx)) return;
  const waitMs = Math.max(1, config.tunables.holdAfterMs - forMs + offLagMs);
  set(cx, { barge: { now: 'noted', holdAt: cx.at + waitMs } });
}

export function onSilence(cx: Step): void {
  const { call, caller, barge, config } = cx.s;
  if (call.phase === 'opening' && caller.now === 'quiet') {
    const speakAt = Math.min(call.latestAt, cx.at + config.tunables.helloGraceMs);
    set(cx, { call: { ...call, speakAt } });
  }
  if (barge.now === 'noted') set(cx, { barge: { now: 'none' } });
}

export function checkBarge(cx: Step): void {
  const { barge } = cx.s;
  if (barge.now === 'noted' && cx.at >= barge.holdAt) hold(cx);
  if (cx.s.barge.now === 'held' && cx.at >= cx.s.barge.resumeAt) resume(cx);
}

/** Silences the persona without deciding anything. What is nearly over is let finish. */
function hold(cx: Step): void {
  const { nearlyDoneMs, resumeAfterMs } = cx.s.config.tunables;
  set(cx, { barge: { now: 'none' } });
  if (isClosing(cx.s) || !isSounding(cx) || unheardMs(cx) <= nearlyDoneMs) return;
  cx.fx.push({ type: 'line.clear' });
  leaveWhatWasHeard(cx);
  const [first] = cx.s.mouth;
  if (first === undefined) return;
  const earMs = heardMs(cx, first.id);
  change(cx, first.id, () => ({ drainAt: null }));
  set(cx, { barge: { now: 'held', utt: first.id, earMs, resumeAt: cx.at + resumeAfterMs } });
}

/** Goes on speaking, from the beginning of the word at which it fell silent. */
export function resume(cx: Step): void {
  const { barge } = cx.s;
  if (barge.now !== 'held') return;
  const utterance = cx.s.mouth.find((u) => u.id === barge.utt);
  set(cx, { barge: { now: 'none' } });
  if (utterance === undefined) return;
  const fromMs = wordBegin(utterance, barge.earMs);
  cx.fx.push({ type: 'line.resume', utt: utterance.id, fromMs });
  change(cx, utterance.id, (u) => ({
    drainAt: u.totalMs === null ? null : cx.at + (u.totalMs - fromMs) + cx.s.config.tunables.drainGraceMs,
  }));
  armDrain(cx);
}

function wordBegin(u: Utterance, ms: number): number {
  return u.words.findLast((word) => word.startMs <= ms && ms < word.endMs)?.startMs ?? ms;
}
