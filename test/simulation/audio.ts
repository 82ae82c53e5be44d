/**
 * Audio that says what it is: every four bytes name the utterance and the position in it, so that the line can tell
 * what it plays however the audio was cut and sent again. Lengths are multiples of 12 bytes, which base64 turns into
 * whole groups of characters.
 */

export const BYTES_PER_MS = 8;
const GROUP = 4;
const MARKER = 0xff;
const BASE = 240;
const MASTER_BYTES = 12 * 40_000; // 60 s
const UTTERANCES = 64;

const masters: string[] = [];

function master(utt: number): string {
  const index = utt % UTTERANCES;
  const known = masters[index];
  if (known !== undefined) return known;
  const bytes = Buffer.alloc(MASTER_BYTES);
  for (let at = 0; at < MASTER_BYTES; at += GROUP) {
    const position = at / GROUP;
    bytes[at] = MARKER;
    bytes[at + 1] = index;
    bytes[at + 2] = Math.floor(position / BASE) % BASE;
    bytes[at + 3] = position % BASE;
  }
  const text = bytes.toString('base64');
  masters[index] = text;
  return text;
}

/** Base64 of the utterance's audio between two positions, both multiples of 12 bytes. */
export function audioOf(utt: number, fromBytes: number, toBytes: number): string {
  return master(utt).slice((fromBytes / 3) * 4, (toBytes / 3) * 4);
}

/** Which utterance (modulo 64) a payload is of, where in it it begins, and how long it is. */
export function readAudio(payload: string): { index: number; fromBytes: number; bytes: number } {
  const head = Buffer.from(payload.slice(0, 16), 'base64');
  const bytes = (payload.length / 4) * 3 - (payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0);
  const marker = head.indexOf(MARKER);
  if (marker === -1 || marker + 3 >= head.length) return { index: -1, fromBytes: 0, bytes };
  const position = (head[marker + 2] ?? 0) * BASE + (head[marker + 3] ?? 0);
  return { index: head[marker + 1] ?? 0, fromBytes: position * GROUP - marker, bytes };
}

export function utteranceIndex(utt: number): number {
  return utt % UTTERANCES;
}

/** A length that can be cut anywhere it needs to be. */
export function wholeBytes(ms: number): number {
  return Math.max(12, Math.round((ms * BYTES_PER_MS) / 12) * 12);
}
