import { describe, expect, it } from 'vitest';
import { UtteranceLibrary } from './library.ts';
import { Recogniser } from './recogniser.ts';

/** The stand-in's ears: by the bytes that arrive, whatever else is known to begin alike. */

const FRAME = 160;
const WORD_MS = 300;

/** A word's sound: bytes that no other word has. */
function sound(word: string): Buffer {
  let seed = [...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  return Buffer.from(
    Array.from({ length: WORD_MS * 8 }, () => {
      seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
      return seed >>> 24;
    }),
  );
}

function utterance(text: string) {
  const words = text.split(' ');
  return {
    audio: Buffer.concat(words.map(sound)),
    words: words.map((word, i) => ({ text: word, startMs: i * WORD_MS, endMs: (i + 1) * WORD_MS })),
  };
}

function heard(library: UtteranceLibrary, audio: Buffer): string {
  const recogniser = new Recogniser(library);
  const words: string[] = [];
  for (let at = 0; at < audio.length; at += FRAME)
    words.push(...recogniser.push(audio.subarray(at, at + FRAME)).map(({ text }) => text));
  return words.join(' ');
}

describe('the recogniser', () => {
  it('hears a word once when two utterances that it knows begin alike', () => {
    const library = new UtteranceLibrary();
    const [one, other] = [utterance('my sister is called Ida'), utterance('my sister is called Eva')];
    library.add(one.audio, one.words);
    library.add(other.audio, other.words);
    expect(heard(library, one.audio)).toBe('my sister is called Ida');
    expect(heard(library, Buffer.concat([other.audio, Buffer.alloc(8_000, 0xff), one.audio]))).toBe(
      'my sister is called Eva my sister is called Ida',
    );
  });

  it('hears what is said twice twice', () => {
    const library = new UtteranceLibrary();
    const bye = utterance('bye bye');
    library.add(bye.audio, bye.words);
    expect(heard(library, Buffer.concat([bye.audio, Buffer.alloc(24_000, 0xff), bye.audio]))).toBe(
      'bye bye bye bye',
    );
  });
});
