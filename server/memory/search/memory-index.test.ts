import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MemoryDocument, MemoryIndex } from './memory-index.ts';
import { distanceWithin, Vocabulary } from './near-words.ts';
import { tellingWords, wordsOf } from './words.ts';

interface Dialogue {
  sessions: string[][];
  questions: Array<{ q: string; turns: Array<[session: number, turn: number]> }>;
}

const dialogue = JSON.parse(
  readFileSync(new URL('../../../fixtures/dialogues/anna-and-brad.json', import.meta.url), 'utf8'),
) as Dialogue;

let nextSeq = 0;
function turn(text: string, more: Partial<MemoryDocument> = {}): MemoryDocument {
  const seq = nextSeq++;
  return {
    id: `turn-${seq}`,
    kind: 'turn',
    session: 'a call',
    seq,
    speaker: 'Anna',
    atMs: seq * 1_000,
    text,
    label: '',
    aliases: [],
    cites: [],
    ...more,
  };
}

function indexOf(documents: readonly MemoryDocument[]): MemoryIndex {
  const index = new MemoryIndex();
  for (const document of documents) index.add(document);
  return index;
}

function indexOfDialogue(): MemoryIndex {
  return indexOf(
    dialogue.sessions.flatMap((lines, session) =>
      lines.map((line, i) => {
        const [speaker = '', ...said] = line.split(': ');
        return turn(said.join(': '), { id: `${session}.${i}`, session: `call ${session}`, speaker });
      }),
    ),
  );
}

/** Of the turns that answer a question, how many are among the first ten; and one over the place of the first. */
function quality(index: MemoryIndex, damage: (question: string) => string) {
  let found = 0;
  let wanted = 0;
  let reciprocal = 0;
  for (const { q, turns } of dialogue.questions) {
    const hits = index.search({ text: damage(q) }, 10).map(({ document }) => document.id);
    const answers = turns.map(([session, i]) => `${session}.${i}`);
    wanted += answers.length;
    found += answers.filter((id) => hits.includes(id)).length;
    const first = hits.findIndex((id) => answers.includes(id));
    reciprocal += first < 0 ? 0 : 1 / (first + 1);
  }
  return { recall: found / wanted, reciprocal: reciprocal / dialogue.questions.length };
}

/** One letter of the longest word is another one, as when a name is misheard. */
function misheard(question: string): string {
  const longest = (question.match(/\p{L}+/gu) ?? []).sort((a, b) => b.length - a.length)[0] ?? '';
  const middle = Math.floor(longest.length / 2);
  const letter = longest[middle] === 'x' ? 'y' : 'x';
  return question.replace(longest, `${longest.slice(0, middle)}${letter}${longest.slice(middle + 1)}`);
}

describe('memory search', () => {
  it('finds the turns that answer questions about calls', () => {
    const { recall, reciprocal } = quality(indexOfDialogue(), (question) => question);
    expect(recall).toBeGreaterThanOrEqual(0.7);
    expect(reciprocal).toBeGreaterThanOrEqual(0.5);
  });

  it('finds them also when the longest word of the question was misheard', () => {
    expect(quality(indexOfDialogue(), misheard).recall).toBeGreaterThanOrEqual(0.75);
  });

  it('finds every ending of a word, and words that people use for the same', () => {
    const index = indexOf([
      turn('My daughter bakes bread.'),
      turn('The weather was fine.', { session: 'b' }),
    ]);
    for (const text of ['baking', 'BAKED', 'kids', 'my child'])
      expect(index.search({ text }, 1)[0]?.document.text).toBe('My daughter bakes bread.');
  });

  it('takes what is said next to a hit for a part of the answer', () => {
    const index = indexOf([
      turn('Did you hear back from the landlord?', { speaker: 'Brad' }),
      turn('Yes, he said no.'),
      turn('Yes, I said no.', { session: 'another call' }),
    ]);
    expect(index.search({ text: 'landlord' }, 3).map(({ document }) => document.text)).toEqual([
      'Did you hear back from the landlord?',
      'Yes, he said no.',
    ]);
  });

  it('prefers the one whom a question names', () => {
    const index = indexOf([
      turn('I love Paris.', { speaker: 'Anna', session: 'a' }),
      turn('I love Paris.', { speaker: 'Brad', session: 'b' }),
    ]);
    for (const [text, speaker] of [
      ['What does Anna say about Paris?', 'Anna'],
      ['What does Brad say about Paris?', 'Brad'],
    ] as const)
      expect(index.search({ text }, 1)[0]?.document.speaker).toBe(speaker);
  });

  it('finds a fact by its aliases, and with it the turn that it was learned from', () => {
    const cited = turn('She keeps three of them behind the shed.', { session: 'c' });
    const fact = turn('Anna has hens', {
      kind: 'fact',
      id: 'fact',
      session: 'c',
      speaker: null,
      aliases: ['chickens', 'poultry'],
      cites: [cited.seq],
    });
    const hits = indexOf([turn('Nothing here.', { session: 'd' }), cited, fact]).search(
      { text: 'poultry' },
      5,
    );
    expect(hits.map(({ document }) => document.id)).toEqual(['fact', cited.id]);
  });

  it('uses the words that the model adds, for less than those that were asked', () => {
    const index = indexOf([
      turn('The mortgage is paid.', { session: 'e' }),
      turn('The fence is paid.', { session: 'f' }),
    ]);
    expect(index.search({ text: 'paid', keywords: ['mortgage'] }, 1)[0]?.document.text).toContain('mortgage');
    const both = index
      .search({ text: 'fence', keywords: ['mortgage'] }, 2)
      .map(({ document }) => document.text);
    expect(both[0]).toContain('fence');
  });

  it.each([
    ['nothing', ''],
    ['only words that say nothing', 'what is the of and'],
    ['signs', '!!! ??? "\' OR 1=1; --'],
    ['control characters', '\u0000\u0007\u202e'],
    ['emoji', '🍕👨‍👩‍👧‍👦'],
    ['right to left', 'שלום עולם'],
    ['10,000 words', Array.from({ length: 10_000 }, (_, i) => `word${i}`).join(' ')],
    ['one endless word', 'a'.repeat(100_000)],
  ])('survives a query of %s', (_name, text) => {
    expect(indexOfDialogue().search({ text }, 5)).toBeInstanceOf(Array);
  });

  it('finds words of other alphabets, with and without accents', () => {
    const index = indexOf([turn('Wir waren im Café Zoë.'), turn('Мы были в Москве.', { session: 'g' })]);
    expect(index.search({ text: 'cafe zoe' }, 1)[0]?.document.text).toContain('Café');
    expect(index.search({ text: 'Москве' }, 1)[0]?.document.text).toContain('Москве');
  });

  it('orders by score, returns no more than asked, and every hit has a reason', () => {
    const words = fc.array(fc.constantFrom('bread', 'garden', 'hens', 'train', 'school', 'the'), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        fc.array(words, { maxLength: 30 }),
        words,
        fc.integer({ min: 1, max: 9 }),
        (texts, q, limit) => {
          const index = indexOf(texts.map((text, i) => turn(text.join(' '), { session: `${i % 3}` })));
          const hits = index.search({ text: q.join(' ') }, limit);
          expect(hits.length).toBeLessThanOrEqual(limit);
          expect(hits.map(({ score }) => score)).toEqual(
            hits.map(({ score }) => score).sort((a, b) => b - a),
          );
          for (const { score } of hits) expect(score).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe('near words', () => {
  it('are as near as the letters that differ', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-e]{0,8}$/), fc.stringMatching(/^[a-e]{0,8}$/), (a, b) => {
        const distance = distanceWithin(a, b, 20);
        expect(distance).toBe(distanceWithin(b, a, 20));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        for (const most of [0, 1, 2]) expect(distanceWithin(a, b, most) <= most).toBe(distance <= most);
      }),
    );
    expect(distanceWithin('jessica', 'jesisca', 2)).toBe(1);
  });

  it('are found while they are said, and not once they are forgotten', () => {
    const vocabulary = new Vocabulary();
    for (const word of ['jessica', 'jessica', 'monica']) vocabulary.add(word);
    expect(vocabulary.near('jesica')).toEqual([{ word: 'jessica', distance: 1 }]);
    vocabulary.remove('jessica');
    expect(vocabulary.has('jessica')).toBe(true);
    vocabulary.remove('jessica');
    expect(vocabulary.near('jesica')).toEqual([]);
    expect(vocabulary.near('monika')).toEqual([{ word: 'monica', distance: 1 }]);
  });
});

describe('words', () => {
  it('lose accents, apostrophes and what says nothing', () => {
    expect(wordsOf('It’s Zoë’s café, isn’t it?')).toEqual(['it', 'zoe', 'cafe', 'isnt', 'it']);
    expect(tellingWords('It’s Zoë’s café, isn’t it?')).toEqual(['zoe', 'cafe']);
  });
});
