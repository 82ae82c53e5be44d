import { resume } from './barge.ts';
import { beginClosing } from './closing.ts';
import { isClosing, record, type Step, set } from './context.ts';
import { isCrisis } from './crisis.ts';
import { answerScreener } from './house-lines.ts';
import { enqueue, isHeld, isSounding, unheardMs } from './mouth.ts';
import { asksForNoMoreCalls } from './opt-out.ts';
import { endRecording, endsRecording, sayRecordingEnded, speakOfRecording } from './recording.ts';
import { asksToHold, isScreener } from './screening.ts';
import type { Draft, OpenTurn } from './state.ts';
import { abandon, ask, interrupt, promote } from './thought.ts';
import {
  callerEntry,
  draftReply,
  dropDraft,
  hesitationMs,
  isEcho,
  learnPause,
  openTurn,
  takeDraft,
  watchLoop,
  wholeText,
} from './turn.ts';
import { hasStopWord, isBackchannel, isGreeting, sameWords, withoutBeginning, wordsOf } from './words.ts';

/** What the caller says, and what it does to the persona. */

export function onPartial(cx: Step, turn: number, transcript: string): void {
  const text = newText(cx, turn, transcript);
  if (turn <= cx.s.endedTurn || text === '' || isClosing(cx.s)) return;
  const open = openTurn(cx, turn);
  if (isEcho(cx, open, text)) return;
  learnPause(cx, cx.s.caller);
  const stuckAt = cx.at + cx.s.config.tunables.stuckTurnMs;
  set(cx, { caller: { now: 'talking', ...open, interim: text, stuckAt } });
  if (open.draft !== null && !sameWords(open.draft.askedWith, wholeText(open, text))) dropDraft(cx);
  if (isInterruption(cx, text, false)) interrupt(cx);
}

/** The turn has probably ended: its reply may be drafted. */
export function onEagerEnd(cx: Step, turn: number, transcript: string): void {
  onPartial(cx, turn, transcript);
  const text = newText(cx, turn, transcript);
  const { caller } = cx.s;
  if (caller.now === 'talking' && caller.turn === turn && !isAside(cx, text)) draftReply(cx, text);
}

export function onResumed(cx: Step, turn: number): void {
  const { caller } = cx.s;
  if (caller.now !== 'quiet' && caller.turn === turn) dropDraft(cx);
}

/** Speech-to-text has ended a turn. It is the caller's too, unless it sounds as if there was more to come. */
export function onEndOfTurn(cx: Step, turn: number, transcript: string, voicedAt: number | null): void {
  if (turn <= cx.s.endedTurn) return;
  const text = newText(cx, turn, transcript);
  set(cx, { endedTurn: turn, stuck: null });
  const open = openTurn(cx, turn);
  const final = text === '' || isEcho(cx, open, text) ? '' : text;
  const finals = wholeText(open, final);
  if (finals === '') {
    dropDraft(cx);
    set(cx, { caller: { now: 'quiet' } });
    return;
  }
  const since = Math.min(voicedAt ?? cx.at, cx.at);
  const commitAt = isClosing(cx.s) ? cx.at : since + hesitationMs(cx, finals);
  set(cx, { caller: { now: 'pausing', ...open, finals, since, commitAt } });
  if (!isAside(cx, finals) && isInterruption(cx, finals, true)) interrupt(cx);
  checkTurn(cx);
}

/** A pause that was long enough ends the turn; one whose end never comes is taken as it stands. */
export function checkTurn(cx: Step): void {
  const { caller } = cx.s;
  if (caller.now === 'talking' && cx.at >= caller.stuckAt) {
    const text = wholeText(caller, caller.interim);
    // Speech-to-text may go on with the same turn; what it says again from its beginning has been dealt with.
    const endedTurn = Math.max(cx.s.endedTurn, caller.turn - 1);
    set(cx, { endedTurn, stuck: { turn: caller.turn, text } });
    commit(cx, caller, text);
  }
  if (caller.now === 'pausing' && cx.at >= caller.commitAt) commit(cx, caller, caller.finals);
}

/** What a transcript says beyond what was committed of its turn when that got stuck. */
function newText(cx: Step, turn: number, transcript: string): string {
  const { stuck } = cx.s;
  const text = transcript.trim();
  return stuck?.turn === turn ? withoutBeginning(text, stuck.text) : text;
}

/** The turn is over, once: it is written down and answered. */
function commit(cx: Step, open: OpenTurn, text: string): void {
  const aside = isClosing(cx.s) || isAside(cx, text);
  if (!aside && isInterruption(cx, text, true)) interrupt(cx);
  const inDanger = !aside && isCrisis(text);
  const wantsNoMore = asksForNoMoreCalls(text);
  const endsIt = !aside && endsRecording(cx.s, text);
  const isHouses = inDanger || wantsNoMore || endsIt || cx.s.screened || isScreener(text);
  const draft = aside || isHouses ? null : takeDraft(cx, text);
  dropDraft(cx);
  set(cx, { caller: { now: 'quiet' } });
  if (!aside && !isFirstHello(cx)) abandon(cx);
  record(cx, callerEntry(cx, open.turn, text, aside));
  if (endsIt) endRecording(cx);
  if (wantsNoMore) {
    // Somebody in danger is told where help is all the same, as the last words.
    beginClosing(cx, 'asked-to-stop', inDanger ? cx.s.config.safety : '');
    return;
  }
  if (aside) {
    if (isHeld(cx)) resume(cx);
    return;
  }
  set(cx, { reprompts: 0, patientUntil: asksToHold(text) ? cx.s.patientUntil : 0 });
  watchLoop(cx, text);
  answer(cx, text, { inDanger, endsIt }, draft);
}

/** By whom the turn is answered: by fixed words, by the opening, or by the model. */
function answer(
  cx: Step,
  text: string,
  { inDanger, endsIt }: { inDanger: boolean; endsIt: boolean },
  draft: Draft | null,
): void {
  // Before the loop guard: somebody who says it again and again is not hung up on.
  if (inDanger) speakForSafety(cx);
  else if (endsIt && !isFirstHello(cx)) sayRecordingEnded(cx);
  else if (cx.s.loop.repeats >= cx.s.config.tunables.loopRepeatsToEnd) beginClosing(cx, 'loop');
  else if (isScreener(text)) answerScreener(cx);
  else if (cx.s.screened) afterScreening(cx, text);
  else if (isFirstHello(cx)) speakFirst(cx);
  else if (speakOfRecording(cx, text)) cancel(cx, draft);
  else if (draft !== null) promote(cx, draft);
  else ask(cx);
}

/** The house speaks in the place of the model. */
function cancel(cx: Step, draft: Draft | null): void {
  if (draft !== null) cx.fx.push({ type: 'llm.cancel', req: draft.req });
}

/** Behind a call screener: it asks for patience, or somebody has picked up and is greeted like everybody. */
function afterScreening(cx: Step, text: string): void {
  if (asksToHold(text)) return;
  set(cx, { screened: false });
  speakFirst(cx);
}

/** Fixed words, which no persona and no model can change. */
function speakForSafety(cx: Step): void {
  if (isFirstHello(cx)) set(cx, { call: { phase: 'talking' } });
  enqueue(cx, 'safety', cx.s.config.safety);
}

/** The callee's "hello" is answered by the opening, not by the model. */
function isFirstHello(cx: Step): boolean {
  return cx.s.call.phase === 'opening';
}

/** Says who is calling, that it is an AI, and asks whom it has on the line. */
function speakFirst(cx: Step): void {
  set(cx, { call: { phase: 'talking' } });
  enqueue(cx, 'opening', cx.s.config.opening);
}

/** Time to speak first? A callee who is just saying hello is let finish. */
export function checkOpening(cx: Step): void {
  const { call, caller } = cx.s;
  if (call.phase !== 'opening' || cx.at < call.speakAt) return;
  if (caller.now !== 'quiet' && cx.at < call.latestAt) set(cx, { call: { ...call, speakAt: call.latestAt } });
  else speakFirst(cx);
}

/** Words stop the persona, unless they only say "go on" or it has all but finished. */
function isInterruption(cx: Step, text: string, final: boolean): boolean {
  const { call, mouth, thought, config } = cx.s;
  if (call.phase !== 'talking') return false;
  if (mouth.length === 0) return thought.now === 'asking';
  if (isAside(cx, text)) return false;
  if (hasStopWord(text, final)) return true;
  const enough = final || !isSounding(cx) || wordsOf(text).length >= config.tunables.cutAfterWords;
  return enough && unheardMs(cx) > config.tunables.nearlyDoneMs;
}

/** Said under the persona's voice and not meant to stop it. */
function isAside(cx: Step, text: string): boolean {
  const [onAir] = cx.s.mouth;
  if (onAir === undefined || unheardMs(cx) <= cx.s.config.tunables.nearlyDoneMs) return false;
  return isBackchannel(text) || (onAir.kind === 'opening' && isGreeting(text));
}
