import { cutPieces, speakable } from './clauses.ts';
import { mintId, record, recordOffRecord, type Step, set } from './context.ts';
import type { Utterance, UtteranceId, UtteranceKind, Word } from './types.ts';
import { heardText } from './words.ts';

/** The mouth: a serial queue of utterances, the first of which is on air. */

/** Queues a whole text, or, with `open`, the beginning of one that grows by `extend`. */
export function enqueue(cx: Step, kind: UtteranceKind, text: string, open = false): UtteranceId {
  const id = mintId(cx);
  const utterance: Utterance = {
    id,
    kind,
    said: '',
    pending: text,
    open,
    closed: false,
    words: [],
    totalMs: null,
    onAir: false,
    failures: 0,
    stall: null,
    drainAt: null,
  };
  set(cx, { mouth: [...cx.s.mouth, utterance] });
  return id;
}

export function extend(cx: Step, id: UtteranceId, text: string): void {
  change(cx, id, (u) => ({ pending: u.pending + text }));
}

/** No more text will come for the utterance. */
export function close(cx: Step, id: UtteranceId): void {
  change(cx, id, () => ({ open: false }));
}

/**
 * Hands to text-to-speech what may be spoken: only one utterance is in synthesis at a time, so audio
 * arrives in the order in which it is to be heard.
 */
export function pump(cx: Step): void {
  const current = cx.s.mouth.find((u) => u.totalMs === null);
  if (current === undefined || current.closed) return;
  const { ready, rest } = cutPieces(current.pending, current.said === '', current.open);
  const closing = !current.open;
  const pieces = ready.map(speakable).filter((piece) => piece.trim() !== '');
  if (pieces.length === 0 && closing && current.said === '') {
    remove(cx, current.id); // nothing in it can be spoken
    return;
  }
  pieces.forEach((text, i) => {
    cx.fx.push({ type: 'tts.say', utt: current.id, text, last: closing && i === pieces.length - 1 });
  });
  if (closing && pieces.length === 0) cx.fx.push({ type: 'tts.say', utt: current.id, text: '', last: true });
  const spoke = pieces.length > 0 || closing;
  change(cx, current.id, (u) => ({
    pending: rest,
    said: u.said + pieces.join(''),
    closed: closing,
    stall: spoke ? { at: cx.at + cx.s.config.tunables.ttsStallMs, gotMs: gotMs(cx, u.id) } : u.stall,
  }));
}

export function onWords(cx: Step, id: UtteranceId, words: readonly Word[]): void {
  change(cx, id, (u) => (u.totalMs === null ? { words: [...u.words, ...words] } : {}));
}

/** All audio of the utterance has arrived: ask the line to tell when it has been heard. */
export function onSynthesised(cx: Step, id: UtteranceId, totalMs: number): void {
  const utterance = cx.s.mouth.find((u) => u.id === id);
  if (utterance === undefined || utterance.totalMs !== null) return;
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
  const retry: Utterance[] = [];
  if (failed.failures + 1 < cx.s.config.tunables.ttsTries && (rest.trim() !== '' || failed.open)) {
    retry.push({
      ...failed,
      id: mintId(cx),
      said: '',
      pending: rest,
      closed: false,
      words: [],
      onAir: false,
      failures: failed.failures + 1,
      stall: null,
      drainAt: null,
    });
  }
  const old: Utterance = {
    ...failed,
    said: kept,
    pending: '',
    open: false,
    closed: true,
    totalMs: gotNow,
    stall: null,
  };
  const keepOld = gotNow > 0;
  const replacement = keepOld ? [old, ...retry] : retry;
  set(cx, { mouth: [...cx.s.mouth.slice(0, index), ...replacement, ...cx.s.mouth.slice(index + 1)] });
  const heir = retry[0]?.id ?? null;
  if (heir === null && failed.failures + 1 >= cx.s.config.tunables.ttsTries) set(cx, { voiceLost: true });
  if (cx.s.thought.now === 'asking' && cx.s.thought.utt === id)
    set(cx, { thought: { ...cx.s.thought, utt: heir } });
  if (cx.s.call.phase === 'goodbye' && cx.s.call.utt === id && heir !== null)
    set(cx, { call: { ...cx.s.call, utt: heir } });
  if (keepOld) {
    cx.fx.push({ type: 'line.finish', utt: id });
    armDrain(cx);
  }
}

/** Sets and checks the stall watch: progress is audio, not words, because words may come long before their audio. */
export function checkStall(cx: Step): void {
  const current = cx.s.mouth.find((u) => u.stall !== null);
  if (current?.stall == null || cx.at < current.stall.at) return;
  const now = gotMs(cx, current.id);
  if (now > current.stall.gotMs || (current.open && !hasWork(current))) {
    change(cx, current.id, () => ({ stall: { at: cx.at + cx.s.config.tunables.ttsStallMs, gotMs: now } }));
  } else {
    onSynthesisFailed(cx, current.id);
  }
}

/** While the model is still writing and all it wrote is synthesised, text-to-speech owes nothing. */
function hasWork(u: Utterance): boolean {
  const lastWord = u.words.at(-1);
  return lastWord === undefined
    ? u.said !== ''
    : heardText(u.said, u.words, Number.POSITIVE_INFINITY).length < u.said.trimEnd().length;
}

export function onPlayStarted(cx: Step, id: UtteranceId): void {
  change(cx, id, () => ({ onAir: true }));
}

/** Everything up to and including the utterance was heard: the echo of an earlier one may have been lost. */
export function onDrained(cx: Step, id: UtteranceId): void {
  if (!cx.s.mouth.some((u) => u.id === id)) return;
  for (;;) {
    const first = cx.s.mouth[0];
    if (first === undefined) break;
    leave(cx, first, false, Number.POSITIVE_INFINITY);
    if (first.id === id) break;
  }
  armDrain(cx);
}

/** The drain deadline of the utterance on air has passed without an echo. */
export function checkDrain(cx: Step): void {
  const first = cx.s.mouth[0];
  if (first?.drainAt != null && cx.at >= first.drainAt) onDrained(cx, first.id);
}

function armDrain(cx: Step): void {
  const first = cx.s.mouth[0];
  if (first === undefined || first.totalMs === null || first.drainAt !== null) return;
  const drainAt =
    cx.at + Math.max(0, first.totalMs - heardMs(cx, first.id)) + cx.s.config.tunables.drainGraceMs;
  change(cx, first.id, () => ({ drainAt }));
}

/** Stops what is on air and drops what waits; keeps what was heard. `clear` goes first: it is what the callee hears. */
export function cut(cx: Step): void {
  if (cx.s.mouth.length === 0) return;
  cx.fx.push({ type: 'line.clear' });
  for (const u of cx.s.mouth) {
    if (u.totalMs === null && (u.said !== '' || u.closed)) cx.fx.push({ type: 'tts.cancel', utt: u.id });
  }
  const [first] = cx.s.mouth;
  if (first !== undefined) leave(cx, first, true, heardMs(cx, first.id));
  set(cx, { mouth: [] });
}

/** How much the callee has still to hear, as far as is known; what is not synthesised yet counts as long. */
export function unheardMs(cx: Step): number {
  return cx.s.mouth.reduce(
    (sum, u) =>
      sum + (u.totalMs === null ? Number.POSITIVE_INFINITY : Math.max(0, u.totalMs - heardMs(cx, u.id))),
    0,
  );
}

/** The one place where an utterance becomes history. */
function leave(cx: Step, u: Utterance, interrupted: boolean, earMs: number): void {
  set(cx, { mouth: cx.s.mouth.filter((other) => other.id !== u.id) });
  const text = interrupted ? heardText(u.said, u.words, Math.min(earMs, gotMs(cx, u.id))) : u.said.trim();
  if (text === '') return;
  const entry = { kind: 'persona', utt: u.id, said: u.kind, text, interrupted } as const;
  if (u.kind === 'apology') recordOffRecord(cx, entry);
  else record(cx, entry);
}

function remove(cx: Step, id: UtteranceId): void {
  set(cx, { mouth: cx.s.mouth.filter((u) => u.id !== id) });
}

function change(cx: Step, id: UtteranceId, by: (u: Utterance) => Partial<Utterance>): void {
  if (!cx.s.mouth.some((u) => u.id === id)) return;
  set(cx, { mouth: cx.s.mouth.map((u) => (u.id === id ? { ...u, ...by(u) } : u)) });
}

function heardMs(cx: Step, id: UtteranceId): number {
  return cx.ear?.utt === id ? cx.ear.ms : 0;
}

/** Audio received for the utterance. Later utterances only start when the earlier ones are complete. */
function gotMs(cx: Step, id: UtteranceId): number {
  const total = cx.s.mouth.find((u) => u.id === id)?.totalMs;
  if (total != null) return total;
  return cx.got?.utt === id ? cx.got.ms : 0;
}
