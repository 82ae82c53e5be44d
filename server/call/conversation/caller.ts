import { isClosing, record, type Step, set } from './context.ts';
import { cut, enqueue, unheardMs } from './mouth.ts';
import { abandon, ask } from './thought.ts';
import { isBackchannel, isGreeting } from './words.ts';

/** What the caller says, and what it does to the persona. */

export function onPartial(cx: Step, turn: number, text: string): void {
  if (turn <= cx.s.committedTurn || text.trim() === '' || isClosing(cx.s)) return;
  set(cx, { caller: { now: 'talking', turn, text, stuckAt: cx.at + cx.s.config.tunables.stuckTurnMs } });
  if (isInterruption(cx, text)) interrupt(cx);
}

export function onEndOfTurn(cx: Step, turn: number, text: string): void {
  if (turn <= cx.s.committedTurn) return;
  set(cx, { committedTurn: turn, caller: { now: 'quiet' } });
  if (text.trim() === '') return;
  const aside = isClosing(cx.s) || isAside(cx, text);
  if (!aside && isInterruption(cx, text)) interrupt(cx);
  if (!aside && !isFirstHello(cx)) abandon(cx);
  record(cx, { kind: 'caller', turn, text: text.trim(), aside });
  if (aside) return;
  set(cx, { reprompts: 0 });
  if (isFirstHello(cx)) open(cx);
  else ask(cx);
}

/** The callee's "hello" is answered by the opening, not by the model. */
function isFirstHello(cx: Step): boolean {
  return cx.s.call.phase === 'opening';
}

/** Says who is calling, that it is an AI, and asks whom it has on the line. */
export function open(cx: Step): void {
  set(cx, { call: { phase: 'talking' } });
  enqueue(cx, 'opening', cx.s.config.opening);
}

/** Time to speak first? A callee who is just saying hello is let finish. */
export function checkOpening(cx: Step): void {
  const { call, caller } = cx.s;
  if (call.phase !== 'opening' || cx.at < call.speakAt) return;
  if (caller.now === 'talking' && cx.at < call.latestAt)
    set(cx, { call: { ...call, speakAt: call.latestAt } });
  else open(cx);
}

/** A turn that never ends, because speech-to-text lost its thread, is taken as it stands. */
export function checkStuckTurn(cx: Step): void {
  const { caller } = cx.s;
  if (caller.now === 'talking' && cx.at >= caller.stuckAt) onEndOfTurn(cx, caller.turn, caller.text);
}

/** Words stop the persona, unless they only say "go on" or it has all but finished. */
function isInterruption(cx: Step, text: string): boolean {
  if (cx.s.call.phase !== 'talking') return false;
  if (cx.s.mouth.length === 0) return cx.s.thought.now === 'asking';
  return unheardMs(cx) > cx.s.config.tunables.nearlyDoneMs && !isAside(cx, text);
}

/** Said under the persona's voice and not meant to stop it. */
function isAside(cx: Step, text: string): boolean {
  const [onAir] = cx.s.mouth;
  if (onAir === undefined || unheardMs(cx) <= cx.s.config.tunables.nearlyDoneMs) return false;
  return isBackchannel(text) || (onAir.kind === 'opening' && isGreeting(text));
}

function interrupt(cx: Step): void {
  cut(cx);
  if (cx.s.thought.now === 'asking') abandon(cx);
}
