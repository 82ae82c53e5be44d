import { heardText } from './alignment.ts';
import { mintId, record, recordOffRecord, type Step, set } from './context.ts';
import type { Utterance } from './state.ts';
import type { UtteranceId, UtteranceKind, Word } from './types.ts';

/** The mouth: a serial queue of utterances, the first of which is on air. */

/** Queues a whole text, or, with `open`, the beginning of one that grows by `extend`. */
export function enqueue(
  cx: Step,
  kind: UtteranceKind,
  text: string,
  growing: { open: boolean; soundBy: number | null } = { open: false, soundBy: null },
): UtteranceId {
  const id = mintId(cx);
  const utterance: Utterance = {
    id,
    kind,
    said: '',
    pending: text,
    closed: false,
    words: [],
    totalMs: null,
    onAir: false,
    failures: 0,
    stall: null,
    moreAt: null,
    drainAt: null,
    ...growing,
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

export function onWords(cx: Step, id: UtteranceId, words: readonly Word[]): void {
  change(cx, id, (u) => (u.totalMs === null ? { words: [...u.words, ...words] } : {}));
}

export function onPlayStarted(cx: Step, id: UtteranceId): void {
  // What was never handed over cannot sound.
  change(cx, id, (u) => (u.said === '' ? {} : { onAir: true, soundBy: null }));
}

/** Everything up to and including the utterance was heard: the echo of an earlier one may have been lost. */
export function onDrained(cx: Step, id: UtteranceId): void {
  if (!cx.s.mouth.some((u) => u.id === id) || isHeld(cx)) return;
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

/** Watches for the end of the utterance on air, once its length is known. */
export function armDrain(cx: Step): void {
  const first = cx.s.mouth[0];
  if (first === undefined || first.totalMs === null || first.drainAt !== null || isHeld(cx)) return;
  const leftMs = Math.max(0, first.totalMs - heardMs(cx, first.id));
  change(cx, first.id, () => ({ drainAt: cx.at + leftMs + cx.s.config.tunables.drainGraceMs }));
}

/** Stops what is on air and drops what waits; keeps what was heard. `clear` goes first: it is what the callee hears. */
export function cut(cx: Step): void {
  const { barge } = cx.s;
  if (cx.s.mouth.length === 0) return;
  if (barge.now !== 'held') cx.fx.push({ type: 'line.clear' });
  cx.fx.push({ type: 'line.forget' });
  for (const u of cx.s.mouth) {
    if (u.totalMs === null && (u.said !== '' || u.closed)) cx.fx.push({ type: 'tts.cancel', utt: u.id });
  }
  leaveWhatWasHeard(cx);
  const [first] = cx.s.mouth;
  if (first !== undefined) leave(cx, first, true, heardMs(cx, first.id));
  set(cx, { mouth: [], barge: { now: 'none' } });
}

/** What lies before the ear was heard in full; after a `clear` no echo will say so any more. */
export function leaveWhatWasHeard(cx: Step): void {
  const { ear } = cx;
  if (ear === null || !cx.s.mouth.some((u) => u.id === ear.utt)) return;
  for (const u of cx.s.mouth) {
    if (u.id === ear.utt) return;
    leave(cx, u, false, Number.POSITIVE_INFINITY);
  }
}

/** How much the callee has still to hear, as far as is known; what is not synthesised yet counts as long. */
export function unheardMs(cx: Step): number {
  return cx.s.mouth.reduce(
    (sum, u) =>
      sum + (u.totalMs === null ? Number.POSITIVE_INFINITY : Math.max(0, u.totalMs - heardMs(cx, u.id))),
    0,
  );
}

/** Is anything of the persona sounding, so that the caller speaks over it? */
export function isSounding(cx: Step): boolean {
  return cx.s.mouth[0]?.onAir === true;
}

/** Nobody is saying or thinking anything. */
export function isFloorFree(cx: Step): boolean {
  const { call, caller, thought, mouth } = cx.s;
  return call.phase === 'talking' && caller.now === 'quiet' && thought.now === 'none' && mouth.length === 0;
}

/** The one place where an utterance becomes history. */
function leave(cx: Step, u: Utterance, interrupted: boolean, earMs: number): void {
  const text = interrupted ? heardText(u.said, u.words, Math.min(earMs, gotMs(cx, u.id))) : u.said.trim();
  set(cx, { mouth: cx.s.mouth.filter((other) => other.id !== u.id) });
  if (u.kind === 'notice' && interrupted && text.length < u.said.length / 2) sayNoticeAgain(cx);
  if (text === '') return;
  set(cx, { lastSpoken: { text, at: cx.at } });
  const entry = { kind: 'persona', utt: u.id, said: u.kind, text, interrupted } as const;
  if (u.kind === 'apology' || u.kind === 'filler') recordOffRecord(cx, entry);
  else record(cx, entry);
}

function sayNoticeAgain(cx: Step): void {
  const { notice, config } = cx.s;
  if (notice !== null && notice.tries < config.tunables.noticeTries)
    set(cx, { notice: { ...notice, due: true } });
}

/** Takes an utterance out of the queue without a trace: nothing of it was or will be heard. */
export function remove(cx: Step, id: UtteranceId): void {
  set(cx, { mouth: cx.s.mouth.filter((u) => u.id !== id) });
}

export function change(cx: Step, id: UtteranceId, by: (u: Utterance) => Partial<Utterance>): void {
  if (!cx.s.mouth.some((u) => u.id === id)) return;
  set(cx, { mouth: cx.s.mouth.map((u) => (u.id === id ? { ...u, ...by(u) } : u)) });
}

/** What was heard of the utterance that the ear is in. Of others it tells nothing: earlier ones leave by their echo, later ones were not begun. */
export function heardMs(cx: Step, id: UtteranceId): number {
  const { barge } = cx.s;
  if (barge.now === 'held' && barge.utt === id) return barge.earMs;
  return cx.ear?.utt === id ? cx.ear.ms : 0;
}

/** Audio received for the utterance. Later utterances only start when the earlier ones are complete. */
export function gotMs(cx: Step, id: UtteranceId): number {
  const total = cx.s.mouth.find((u) => u.id === id)?.totalMs;
  if (total != null) return total;
  return cx.got?.utt === id ? cx.got.ms : 0;
}

export function isHeld(cx: Step): boolean {
  return cx.s.barge.now === 'held';
}
