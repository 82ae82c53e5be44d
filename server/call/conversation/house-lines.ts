import { type Step, set } from './context.ts';
import { enqueue, isFloorFree } from './mouth.ts';
import { onVerified } from './recording.ts';
import { interrupt } from './thought.ts';

/** What the house says in fixed words, whatever persona is speaking: who calls, to a screener, and by key. */

/** A call screener asks who is calling: it is told the truth, and given time until its owner picks up. */
export function answerScreener(cx: Step): void {
  interrupt(cx);
  set(cx, {
    call: { phase: 'talking' },
    screened: true,
    owesAnswer: false,
    patientUntil: cx.at + cx.s.config.tunables.screeningPatienceMs,
  });
  enqueue(cx, 'house', cx.s.config.screening);
}

/** 0: who is calling, once more. Star: silence until the callee speaks; the call, and its bill, go on. */
export function onKey(cx: Step, digit: '0' | '*'): void {
  if (cx.s.call.phase !== 'talking') return;
  interrupt(cx);
  if (digit === '0') return void enqueue(cx, 'house', cx.s.config.disclosure);
  set(cx, { patientUntil: cx.at + cx.s.config.tunables.quietMs });
  enqueue(cx, 'house', cx.s.config.quiet);
}

/** Whether a PIN was right is said; what the persona may bring up from then on is the model's to know. */
export function onPin(cx: Step, isRight: boolean): void {
  if (cx.s.call.phase !== 'talking') return;
  interrupt(cx);
  if (isRight) onVerified(cx);
  enqueue(cx, 'house', isRight ? cx.s.config.pinRight : cx.s.config.pinWrong);
}

/** Every few hours it is said again that an AI is speaking: at the next moment at which nobody else is. */
export function checkDisclosure(cx: Step): void {
  const { disclosure, call } = cx.s;
  if (call.phase !== 'talking') return;
  if (disclosure.now === 'waiting' && cx.at >= disclosure.at) set(cx, { disclosure: { now: 'due' } });
  if (cx.s.disclosure.now !== 'due' || !isFloorFree(cx)) return;
  set(cx, { disclosure: { now: 'waiting', at: cx.at + cx.s.config.tunables.discloseEveryMs } });
  enqueue(cx, 'house', cx.s.config.disclosure);
}
