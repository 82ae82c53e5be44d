import { mintId, type Step, set } from './context.ts';
import { isSounding } from './mouth.ts';
import { maskPrivateNumbers } from './private-numbers.ts';
import type { Caller, Draft, OpenTurn } from './state.ts';
import type { Entry } from './types.ts';
import { isAffirmation, isEchoOf, isHesitant, isRepetition, sameWords } from './words.ts';

/** What belongs to the caller's open turn: its text, its end, the reply drafted for it. */

/** The open turn, or a new one. */
export function openTurn(cx: Step, turn: number): OpenTurn {
  const { caller } = cx.s;
  if (caller.now === 'quiet')
    return { turn, finals: '', overPersona: isSounding(cx), drafts: 0, draft: null };
  const { finals, overPersona, drafts, draft } = caller;
  return { turn, finals, overPersona, drafts, draft };
}

/** Everything the caller has said in the turn: finals are appended, the interim text is replaced. */
export function wholeText(turn: OpenTurn, interim: string): string {
  return `${turn.finals} ${interim}`.trim();
}

/**
 * How long to wait before a turn that speech-to-text calls over is taken as over, counted from the last sound.
 * Nothing after a whole sentence or a short answer; after an open clause a little more than the speaker's own pauses.
 */
export function hesitationMs(cx: Step, text: string): number {
  if (isAffirmation(text) || !isHesitant(text)) return 0;
  const { minHesitationMs, maxHesitationMs, pauseMargin } = cx.s.config.tunables;
  return Math.round(Math.min(Math.max(cx.s.pauseMs * pauseMargin, minHesitationMs), maxHesitationMs));
}

/** The caller went on after a pause inside the turn: the next pause may be as long. */
export function learnPause(cx: Step, caller: Caller): void {
  if (caller.now !== 'pausing' || isSounding(cx)) return;
  const { pauseWeight, maxHesitationMs } = cx.s.config.tunables;
  const pauseMs = Math.min(cx.at - caller.since, maxHesitationMs);
  set(cx, { pauseMs: cx.s.pauseMs * (1 - pauseWeight) + pauseMs * pauseWeight });
}

/** Begins a reply before the turn is known to be over. It is only worth the money when nothing else is going on. */
export function draftReply(cx: Step, text: string): void {
  const { caller, call, thought, mouth, history, config } = cx.s;
  if (caller.now !== 'talking' || call.phase !== 'talking') return;
  if (thought.now !== 'none' || mouth.length > 0 || caller.drafts >= config.tunables.maxDrafts) return;
  const askedWith = wholeText(caller, text);
  if (caller.draft !== null && sameWords(caller.draft.askedWith, askedWith)) return;
  dropDraft(cx);
  const req = mintId(cx);
  const draft: Draft = { req, askedWith, historyLength: history.length, text: '', tool: null, done: false };
  set(cx, { caller: { ...caller, draft, drafts: caller.drafts + 1 } });
  const entry: Entry = callerEntry(cx, caller.turn, askedWith, false);
  cx.fx.push({ type: 'llm.start', req, history: [...history, entry], draftOf: caller.turn });
}

/** The draft is of no use: it is cancelled, and paid for. */
export function dropDraft(cx: Step): void {
  const { caller } = cx.s;
  if (caller.now === 'quiet' || caller.draft === null) return;
  cx.fx.push({ type: 'llm.cancel', req: caller.draft.req });
  set(cx, { caller: { ...caller, draft: null } });
}

/** Takes the draft out of the open turn if it answers exactly this text; drops it otherwise. */
export function takeDraft(cx: Step, text: string): Draft | null {
  const { caller, history } = cx.s;
  if (caller.now === 'quiet' || caller.draft === null) return null;
  const { draft } = caller;
  if (!sameWords(draft.askedWith, text) || draft.historyLength !== history.length) {
    dropDraft(cx);
    return null;
  }
  set(cx, { caller: { ...caller, draft: null } });
  return draft;
}

/** Changes the draft if `req` is its request; false when there is no such draft. */
export function onDraft(cx: Step, req: number, by: (draft: Draft) => Draft | null): boolean {
  const { caller } = cx.s;
  if (caller.now === 'quiet' || caller.draft?.req !== req) return false;
  set(cx, { caller: { ...caller, draft: by(caller.draft) } });
  return true;
}

/** A line of the caller, without what nobody should have said on the phone. It continues the one before when nothing of an answer was heard in between. */
export function callerEntry(
  cx: Step,
  turn: number,
  text: string,
  aside: boolean,
): Extract<Entry, { kind: 'caller' }> {
  const last = cx.s.history.findLast((entry) => entry.kind === 'persona' || entry.kind === 'caller');
  const continues = !aside && last?.kind === 'caller' && !last.aside;
  return { kind: 'caller', turn, text: maskPrivateNumbers(text), aside, continues };
}

/** Is this what the persona itself has just said, come back over the line? */
export function isEcho(cx: Step, turn: OpenTurn, text: string): boolean {
  const spoken = spokenLately(cx);
  if (spoken === '') return false;
  const sounding = isSounding(cx);
  return (sounding || turn.overPersona) && isEchoOf(text, spoken, !sounding);
}

/** What the persona said in the last seconds, as far as the line has played it. */
function spokenLately(cx: Step): string {
  const { lastSpoken, mouth, config } = cx.s;
  const { echoWindowMs, msPerCharacter } = config.tunables;
  const recent: string[] = [];
  if (lastSpoken !== null && cx.at - lastSpoken.at <= echoWindowMs)
    recent.push(lastSpoken.text.slice(-Math.ceil(echoWindowMs / msPerCharacter)));
  const onAir = mouth.find((u) => u.id === cx.ear?.utt);
  const earMs = cx.ear?.ms ?? 0;
  for (const word of onAir?.words ?? []) {
    if (word.startMs <= earMs && word.endMs >= earMs - echoWindowMs) recent.push(word.text);
  }
  return recent.join(' ');
}

/** Counts turns that say nothing new: a recording on hold, or another bot. */
export function watchLoop(cx: Step, text: string): void {
  const { recent, repeats } = cx.s.loop;
  const repeated = recent.some((earlier) => isRepetition(text, earlier));
  set(cx, { loop: { recent: [...recent, text].slice(-6), repeats: repeated ? repeats + 1 : 0 } });
}
