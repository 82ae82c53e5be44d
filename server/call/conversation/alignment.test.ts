import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsInText, heardText } from './alignment.ts';
import { evenWords } from './conversation.testing.ts';

/** Heard up to and including the n-th spoken word. */
const heardAfter = (said: string, spoken: string, n: number) =>
  heardText(said, evenWords(spoken), n * 300 - 100);

describe('what was heard of a text', () => {
  it('is every word whose middle has passed the ear', () => {
    expect(heardAfter('One two three four.', 'One two three four.', 2)).toBe('One two');
    expect(heardText('One two.', evenWords('One two.'), 140)).toBe('');
    expect(heardText('One two.', evenWords('One two.'), 150)).toBe('One');
  });

  it('follows a price that is spoken in more words than it is written', () => {
    const [said, spoken] = ['It is $4 a month.', 'It is four dollars a month'];
    expect(heardAfter(said, spoken, 2)).toBe('It is');
    expect(heardAfter(said, spoken, 4)).toBe('It is $4');
    expect(heardAfter(said, spoken, 5)).toBe('It is $4 a');
    expect(heardAfter(said, spoken, 6)).toBe('It is $4 a month.');
  });

  it('follows numbers that are spoken in fewer words, and words that are left out', () => {
    expect(heardAfter('Room 4 0 7 now please.', 'Room four-oh-seven now please', 3)).toBe('Room 4 0 7 now');
    expect(heardAfter('So — well — we go home.', 'So well we go home', 3)).toBe('So — well — we');
  });

  it('is not led astray by a small word that comes twice', () => {
    const said = 'The 3 best of the 12 are the last ones.';
    const spoken = 'The three best of the twelve are the last ones';
    expect(heardAfter(said, spoken, 6)).toBe('The 3 best of the 12');
    expect(heardAfter(said, spoken, 8)).toBe('The 3 best of the 12 are the');
  });

  it('at the frontier counts one word for one, until later words bring a match', () => {
    expect(heardAfter('It costs $12.50 today, not more.', 'It costs twelve', 3)).toBe('It costs $12.50');
  });

  it('passes over a dash that is reported as a word of its own', () => {
    const said = '— the — and — the and';
    expect(heardText(said, evenWords(said), Number.POSITIVE_INFINITY)).toBe(said);
    expect(heardAfter(said, said, 3)).toBe('— the');
    expect(heardAfter(said, said, 4)).toBe('— the — and');
  });

  it('is always a prefix that grows with the ear, and all of it when the same words are spoken', () => {
    const word = fc.constantFrom('a', 'the', '$4', 'so', 'report,', 'three', '7:30', 'and', 'tomorrow.', '—');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.array(word, { maxLength: 40 }), (said, spoken) => {
        const text = said.join(' ');
        const ends = endsInText(text, evenWords(spoken.join(' ')));
        expect(ends).toEqual([...ends].sort((a, b) => a - b));
        expect(ends.every((end) => end <= text.length)).toBe(true);
        const same = evenWords(text);
        const heard = heardText(text, same, Number.POSITIVE_INFINITY);
        expect(heard).toBe(text.replace(/(?: ?—)+$/, '').trim());
      }),
      { numRuns: 3_000 },
    );
  });
});
