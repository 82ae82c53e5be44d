import { speakable } from './clauses.ts';
import { isClosing, type Step, set } from './context.ts';
import { cut, enqueue, isHeld } from './mouth.ts';
import { dropDraft } from './turn.ts';
import type { EndReason } from './types.ts';

/**
 * Closing is a chain: closing (let the sentence end) -> goodbye (uninterruptible) -> hanging up -> ended.
 * Every stage has a deadline fixed when it is entered, and the first reason wins.
 */
export function beginClosing(cx: Step, reason: EndReason, farewell = ''): void {
  if (reason === 'asked-to-stop' && cx.s.call.phase !== 'ended') optOut(cx);
  if (isClosing(cx.s)) return;
  if (cx.s.call.phase === 'waiting') {
    end(cx, reason);
    return;
  }
  dropDraft(cx);
  const { thought } = cx.s;
  if (thought.now === 'asking') cx.fx.push({ type: 'llm.cancel', req: thought.req });
  if (thought.now === 'tool') cx.fx.push({ type: 'tool.cancel', call: thought.call });
  const text = speakable(farewell).trim() === '' ? cx.s.config.goodbyes[reason] : farewell;
  // With nothing to say at the end, there is no reason to let the rest be heard either; a machine's tape is short.
  const graceMs = text === '' || reason === 'machine' ? 0 : cx.s.config.tunables.closingGraceMs;
  if (isHeld(cx)) cut(cx); // it is silent already
  set(cx, {
    thought: { now: 'none' },
    caller: { now: 'quiet' },
    barge: { now: 'none' },
    notice: null,
    owesAnswer: false,
    mouth: cx.s.mouth.map((u) => ({ ...u, open: false, soundBy: null })),
    call: { phase: 'closing', reason, farewell: text, forceAt: cx.at + graceMs },
  });
}

/** Once, also when the call is ending for another reason already. */
function optOut(cx: Step): void {
  if (cx.s.optedOut) return;
  set(cx, { optedOut: true });
  cx.fx.push({ type: 'callee.optedOut' });
}

/** Moves the chain on when its stage is complete or its deadline has passed. */
export function checkClosing(cx: Step): void {
  const { call } = cx.s;
  switch (call.phase) {
    case 'closing':
      if (cx.at >= call.forceAt) cut(cx);
      if (cx.s.mouth.length === 0) sayGoodbye(cx, call.reason, call.farewell);
      return;
    case 'goodbye':
      if (cx.at >= call.forceAt) cut(cx);
      if (cx.s.mouth.length === 0) hangUp(cx, call.reason, wasSaidGoodbye(cx) ? null : call.farewell);
      return;
    case 'hangingUp':
      if (cx.at >= call.forceAt) end(cx, call.reason);
      return;
    case 'waiting':
    case 'opening':
    case 'talking':
    case 'ended':
      return;
    default:
      call satisfies never;
  }
}

export function end(cx: Step, reason: EndReason): void {
  set(cx, {
    call: { phase: 'ended', reason },
    caller: { now: 'quiet' },
    barge: { now: 'none' },
    thought: { now: 'none' },
    mouth: [],
    freeSince: null,
    hearingLostAt: null,
  });
  cx.fx.push({ type: 'end', reason });
}

function sayGoodbye(cx: Step, reason: EndReason, farewell: string): void {
  if (farewell === '') {
    hangUp(cx, reason, null);
    return;
  }
  const utt = enqueue(cx, 'goodbye', farewell);
  const forceAt = cx.at + cx.s.config.tunables.goodbyeDeadlineMs;
  set(cx, { call: { phase: 'goodbye', reason, farewell, utt, forceAt } });
}

function wasSaidGoodbye(cx: Step): boolean {
  return cx.s.history.some((entry) => entry.kind === 'persona' && entry.said === 'goodbye');
}

/** @param say what the carrier's own voice says first, because ours could not. */
function hangUp(cx: Step, reason: EndReason, say: string | null): void {
  set(cx, { call: { phase: 'hangingUp', reason, forceAt: cx.at + cx.s.config.tunables.hangUpDeadlineMs } });
  cx.fx.push({ type: 'line.hangUp', say });
}
