/**
 * Tokens of a text, for budgets; bills use what the vendor says. Deliberately a little high: English has 4 to 4.5 bytes
 * a token in today's vocabularies, other alphabets more.
 */
export function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3.5);
}

const LONGEST = 600;

/**
 * What people said, made harmless for a prompt: one line, without control characters, without what opens a section or
 * a role in prompts, and not endless. It stays readable.
 */
export function quoted(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/={2,}|#{2,}|`{3,}|<\|[^|]*\|>|-{3,}/g, ' ')
    .replace(/\b(system|assistant|developer|user|tool)\s*:/gi, '$1 -')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST);
}
