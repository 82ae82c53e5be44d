import type { Word } from '../../call/conversation/types.ts';

/** A phone of synthesised speech and when it ends. */
export interface Phone {
  name: string;
  startMs: number;
  endMs: number;
}

/** What is spoken of a text: its words, without dashes and other lone punctuation. */
export function spokenTokens(text: string): string[] {
  return text.split(/\s+/).filter((token) => /[\p{L}\p{N}]/u.test(token));
}

/**
 * Finds when each word was spoken: the phones that each word has by itself are laid along the phones of the
 * sentence (edit distance), and a word lasts from its first phone to its last.
 * @param groups for each token, the phones it has when spoken alone.
 */
export function alignWords(
  tokens: readonly string[],
  groups: readonly string[][],
  phones: readonly Phone[],
): Word[] {
  const owners = groups.flatMap((group, token) => group.map((name) => ({ name, token })));
  const pairing = pair(
    owners.map((o) => o.name),
    phones.map((p) => p.name),
  );
  const words: Word[] = [];
  let phoneIndex = 0;
  tokens.forEach((text, token) => {
    const own: Phone[] = [];
    while (phoneIndex < phones.length) {
      const owner = ownerOf(pairing, phoneIndex);
      const belongsTo = owner === null ? token : (owners[owner]?.token ?? token);
      const phone = phones[phoneIndex];
      if (belongsTo > token || phone === undefined) break;
      own.push(phone);
      phoneIndex += 1;
    }
    const previousEnd = words.at(-1)?.endMs ?? phones[0]?.startMs ?? 0;
    words.push({ text, startMs: own[0]?.startMs ?? previousEnd, endMs: own.at(-1)?.endMs ?? previousEnd });
  });
  return words;
}

/** A phone that pairs with nothing belongs to the word of the next one that does. */
function ownerOf(pairing: ReadonlyArray<number | null>, from: number): number | null {
  for (let i = from; i < pairing.length; i++) {
    const owner = pairing[i];
    if (owner != null) return owner;
  }
  return null;
}

/** For each element of `actual`, the index of the element of `expected` it is aligned with, or null. */
function pair(expected: readonly string[], actual: readonly string[]): Array<number | null> {
  const costs = editCosts(expected, actual);
  const at = (i: number, j: number) => costs[i]?.[j] ?? 0;
  const result: Array<number | null> = actual.map(() => null);
  for (let i = expected.length, j = actual.length; i > 0 && j > 0; ) {
    const change = at(i - 1, j - 1) + (expected[i - 1] === actual[j - 1] ? 0 : 1);
    if (at(i, j) === change) {
      result[j - 1] = i - 1;
      i -= 1;
      j -= 1;
    } else if (at(i, j) === at(i - 1, j) + 1) i -= 1;
    else j -= 1;
  }
  return result;
}

/** Edit distances between every two beginnings of the sequences. */
function editCosts(expected: readonly string[], actual: readonly string[]): number[][] {
  const rows = [[0, ...actual.map((_, j) => j + 1)]];
  expected.forEach((symbol, i) => {
    const above = rows[i] ?? [];
    const row = [i + 1];
    actual.forEach((other, j) => {
      const change = (above[j] ?? 0) + (symbol === other ? 0 : 1);
      row.push(Math.min(change, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    });
    rows.push(row);
  });
  return rows;
}
