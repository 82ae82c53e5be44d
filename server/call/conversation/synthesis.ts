import { heardText } from './alignment.ts';
import { cutPieces, speakable } from './clauses.ts';
import { mintId, type Step, set } from './context.ts';
import { armDrain, change, gotMs, heardMs, remove } from './mouth.ts';
import type { Utterance } from './state.ts';
import type { UtteranceId } from './types.ts';

/** The way of an utterance's text through text-to-speech, and what happens when that fails. */

/**
 * Hands to text-to-speech what may be spoken: only one utterance is in synthesis at a time, so audio
 * arrives in the order in which it is to be heard.
 */
export function pump(cx: Step): void {
  const current = inSynthesis(cx);
  if (current === undefined || current.closed) return;
  const first = current.said === '';
  const waitMs = first ? 0 : unheardTextMs(cx) - cx.s.config.tunables.textAheadMs;
  if (waitMs > 0) {
    if (current.moreAt === null || current.moreAt <= cx.at)
      change(cx, current.id, () => ({ moreAt: cx.at + Math.ceil(waitMs) }));
    return;
  }
  if (current.moreAt !== null) change(cx, current.id, () => ({ moreAt: null }));
  sendPieces(cx, current, first);
}

function sendPieces(cx: Step, current: Utterance, first: boolean): void {
  const { ready, rest } = cutPieces(current.pending, first, current.open);
  const { now, later } = untilEnoughAhead(cx, ready, first);
  const closing = !current.open && later === '';
  const pieces = now.map(speakable).filter((piece) => piece.trim() !== '');
  if (pieces.length === 0 && closing && first) {
    remove(cx, current.id); // nothing in it can be spoken
    return;
  }
  const attempt = current.failures;
  pieces.forEach((text, i) => {
    const last = closing && i === pieces.length - 1;
    cx.fx.push({ type: 'tts.say', utt: current.id, text, last, attempt });
  });
  if (closing && pieces.length === 0)
    cx.fx.push({ type: 'tts.say', utt: current.id, text: '', last: true, attempt });
  const spoke = pieces.length > 0 || closing;
  change(cx, current.id, (u) => ({
    pending: later + rest,
    said: u.said + pieces.join(''),
    closed: closing,
    stall: spoke ? { at: cx.at + cx.s.config.tunables.ttsStallMs, gotMs: gotMs(cx, u.id) } : u.stall,
  }));
  if (later !== '') pump(cx); // arms the wait for the rest
}

/** Of the pieces that could be spoken, those that the line has room for. The first one never waits. */
function untilEnoughAhead(
  cx: Step,
  ready: readonly string[],
  first: boolean,
): { now: string[]; later: string } {
  const { textAheadMs, msPerCharacter } = cx.s.config.tunables;
  let aheadMs = unheardTextMs(cx);
  const count = ready.findIndex((piece, i) => {
    const wait = aheadMs > textAheadMs && !(first && i === 0);
    aheadMs += piece.length * msPerCharacter;
    return wait;
  });
  if (count === -1) return { now: [...ready], later: '' };
  return { now: ready.slice(0, count), later: ready.slice(count).join('') };
}

/** Speech that was handed over and not heard yet, by its audio where that has arrived. */
function unheardTextMs(cx: Step): number {
  const { msPerCharacter } = cx.s.config.tunables;
  return cx.s.mouth.reduce((sum, u) => {
    const lengthMs = u.totalMs ?? Math.max(gotMs(cx, u.id), u.said.length * msPerCharacter);
    return sum + Math.max(0, lengthMs - heardMs(cx, u.id));
  }, 0);
}

function inSynthesis(cx: Step): Utterance | undefined {
  return cx.s.mouth.find((u) => u.totalMs === null);
}

/** All audio of the utterance has arrived: ask the line to tell when it has been heard. */
export function onSynthesised(cx: Step, id: UtteranceId, totalMs: number): void {
  const utterance = cx.s.mouth.find((u) => u.id === id);
  // An end that comes before the text's own is no end: the rest is still to be handed over.
  if (utterance === undefined || utterance.totalMs !== null || !utterance.closed) return;
  if (totalMs === 0) return onSynthesisFailed(cx, id);
  change(cx, id, () => ({ totalMs, stall: null }));
  cx.fx.push({ type: 'line.finish', utt: id });
  armDrain(cx);
}

/**
 * The utterance splits: the old one keeps what has audio, a new one behind it takes the rest, under a
 * new id, so that late messages about the old one cannot be mistaken for it.
 */
export function onSynthesisFailed(cx: Step, id: UtteranceId): void {
  const index = cx.s.mouth.findIndex((u) => u.id === id);
  const failed = cx.s.mouth[index];
  if (failed === undefined || failed.totalMs !== null) return;
  cx.fx.push({ type: 'tts.cancel', utt: id });
  const gotNow = gotMs(cx, id);
  const kept = heardText(failed.said, failed.words, gotNow);
  const rest = failed.said.slice(kept.length) + failed.pending;
  const triesLeft = failed.failures + 1 < cx.s.config.tunables.ttsTries;
  const hasRest = rest.trim() !== '' || failed.open;
  const heir = triesLeft && hasRest ? retryOf(cx, failed, rest) : null;
  const old: Utterance = {
    ...failed,
    said: kept,
    pending: '',
    open: false,
    closed: true,
    totalMs: gotNow,
    stall: null,
    moreAt: null,
    soundBy: null,
  };
  const replacement = [...(gotNow > 0 ? [old] : []), ...(heir === null ? [] : [heir])];
  set(cx, { mouth: [...cx.s.mouth.slice(0, index), ...replacement, ...cx.s.mouth.slice(index + 1)] });
  if (!triesLeft && hasRest) set(cx, { voiceLost: true });
  passOn(cx, id, heir?.id ?? null);
  if (gotNow === 0) dropHold(cx, id);
  else {
    cx.fx.push({ type: 'line.finish', utt: id });
    armDrain(cx);
  }
}

function retryOf(cx: Step, failed: Utterance, rest: string): Utterance {
  return {
    ...failed,
    id: mintId(cx),
    said: '',
    pending: rest,
    closed: false,
    words: [],
    onAir: false,
    failures: failed.failures + 1,
    stall: null,
    moreAt: null,
    soundBy: null, // the failing voice has deadlines of its own
    drainAt: null,
  };
}

/** Whoever held the failed utterance's id now holds its heir's. */
function passOn(cx: Step, from: UtteranceId, to: UtteranceId | null): void {
  const { thought, call } = cx.s;
  if (thought.now === 'asking' && thought.utt === from) set(cx, { thought: { ...thought, utt: to } });
  if (call.phase === 'goodbye' && call.utt === from && to !== null) set(cx, { call: { ...call, utt: to } });
}

/** Nothing of the utterance is left that could be resumed. */
function dropHold(cx: Step, id: UtteranceId): void {
  const { barge } = cx.s;
  if (barge.now !== 'held' || barge.utt !== id) return;
  cx.fx.push({ type: 'line.forget' });
  set(cx, { barge: { now: 'none' } });
}

/** Sets and checks the stall watch: progress is audio, not words, because words may come long before their audio. */
export function checkStall(cx: Step): void {
  const current = cx.s.mouth.find((u) => u.stall !== null);
  if (current?.stall == null || cx.at < current.stall.at) return;
  const now = gotMs(cx, current.id);
  if (now > current.stall.gotMs || !owesAudio(current)) {
    change(cx, current.id, () => ({ stall: { at: cx.at + cx.s.config.tunables.ttsStallMs, gotMs: now } }));
  } else {
    onSynthesisFailed(cx, current.id);
  }
}

/** While the text is not complete and all that was handed over is synthesised, text-to-speech owes nothing. */
function owesAudio(u: Utterance): boolean {
  if (u.closed) return true;
  if (u.words.length === 0) return u.said !== '';
  return heardText(u.said, u.words, Number.POSITIVE_INFINITY).length < u.said.trimEnd().length;
}
