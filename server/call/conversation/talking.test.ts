import { describe, expect, it } from 'vitest';
import { Conversation, evenWords } from './conversation.testing.ts';
import { nextDeadline } from './deadlines.ts';
import { modelView } from './history.ts';

describe('opening', () => {
  it('waits for the callee’s hello and answers it with the opening, not with the model', () => {
    const talk = new Conversation();
    talk.take({ type: 'line.started' });
    expect(talk.effects).toEqual([]);
    talk.after(700).take({ type: 'stt.end', turn: 0, text: 'Hello?', voicedAt: null });
    expect(talk.of('llm.start')).toEqual([]);
    expect(
      talk
        .of('tts.say')
        .map((say) => say.text)
        .join(''),
    ).toBe('Hi, this is Brad, an AI. Is this Alice?');
  });

  it('speaks first after 1.2 s of silence', () => {
    const talk = new Conversation();
    talk.take({ type: 'line.started' });
    expect(nextDeadline(talk.state)).toBe(1_200);
    talk.wake();
    expect(talk.of('tts.say')).not.toEqual([]);
  });

  it('lets a callee who is still talking finish, but not for ever', () => {
    const talk = new Conversation();
    talk.take({ type: 'line.started' });
    talk.after(1_000).take({ type: 'stt.partial', turn: 0, text: 'Hello who' });
    talk.wake();
    expect(talk.of('tts.say')).toEqual([]);
    talk.wake();
    expect(talk.at).toBe(3_000);
    expect(talk.of('tts.say')).not.toEqual([]);
  });

  it('speaks at once on an inbound call', () => {
    const talk = new Conversation({ direction: 'inbound' });
    talk.take({ type: 'line.started' });
    expect(talk.of('tts.say')).not.toEqual([]);
  });

  it('is not stopped by a late hello', () => {
    const talk = new Conversation();
    talk.take({ type: 'line.started' });
    talk.wake();
    const utt = talk.lastSaid();
    talk.take({ type: 'play.started', utt });
    talk.take({ type: 'stt.end', turn: 0, text: 'Hello?', voicedAt: null });
    expect(talk.of('line.clear')).toEqual([]);
    expect(talk.entries()).toEqual([
      { kind: 'caller', turn: 0, text: 'Hello?', aside: true, continues: false },
    ]);
  });
});

describe('a turn', () => {
  it('is answered once, however often its end is reported', () => {
    const talk = new Conversation().opened();
    talk.asked(1, 'How are you?');
    talk.take({ type: 'stt.end', turn: 1, text: 'How are you?', voicedAt: null });
    talk.take({ type: 'stt.partial', turn: 1, text: 'How are' });
    expect(talk.of('llm.start')).toHaveLength(1);
  });

  it('gives the model the history of what was heard', () => {
    const talk = new Conversation().opened();
    talk.asked(1, 'How are you?');
    expect(modelView(talk.of('llm.start')[0]?.history ?? [])).toEqual([
      { role: 'user', content: 'Hello?' },
      { role: 'assistant', content: 'Hi, this is Brad, an AI. Is this Alice?' },
      { role: 'user', content: 'How are you?' },
    ]);
  });

  it('goes on when the caller adds something before the answer began', () => {
    const talk = new Conversation().opened();
    const first = talk.asked(1, 'I think');
    talk.take({ type: 'stt.partial', turn: 2, text: 'that maybe' });
    expect(talk.of('llm.cancel')).toEqual([{ type: 'llm.cancel', req: first }]);
    talk.asked(2, 'that maybe tomorrow.');
    expect(modelView(talk.of('llm.start').at(-1)?.history ?? []).at(-1)).toEqual({
      role: 'user',
      content: 'I think that maybe tomorrow.',
    });
  });

  it('whose end never comes is taken as it stands', () => {
    const talk = new Conversation().opened();
    talk.take({ type: 'stt.partial', turn: 1, text: 'Are you there' });
    talk.wake();
    expect(talk.entries().at(-1)).toEqual({
      kind: 'caller',
      turn: 1,
      text: 'Are you there',
      aside: false,
      continues: false,
    });
    expect(talk.of('llm.start')).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('is spoken from its first clause on, sentence by sentence', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    const said = () =>
      talk
        .of('tts.say')
        .slice(-9)
        .map((say) => say.text);
    const before = talk.of('tts.say').length;
    talk.take({ type: 'llm.text', req, text: 'Oh, my dear friend' });
    expect(talk.of('tts.say')).toHaveLength(before); // "Oh," alone is over too soon
    talk.take({ type: 'llm.text', req, text: ', it is like this. And' });
    talk.take({ type: 'llm.text', req, text: ' then some. ' });
    talk.take({ type: 'llm.done', req });
    expect(said().slice(-4)).toEqual(['Oh, my dear friend, ', 'it is like this. ', 'And then some. ', '']);
    expect(talk.of('tts.say').at(-1)).toMatchObject({ last: true });
  });

  it('leaves out what cannot be spoken', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: '**Great** 🎉 see https://example.com now' });
    talk.take({ type: 'llm.done', req });
    expect(talk.of('tts.say').at(-1)?.text.replace(/ +/g, ' ')).toBe('Great see the link now');
  });

  it('that never comes is replaced by an apology, which the model is not told of', () => {
    const talk = new Conversation().opened();
    talk.asked(1, 'Tell me.');
    talk.wake();
    expect(talk.of('llm.cancel')).toHaveLength(1);
    expect(talk.of('tts.say').at(-1)?.text).toBe('Sorry, say that again?');
    talk.speakOut(talk.lastSaid());
    talk.asked(2, 'Tell me!');
    expect(modelView(talk.of('llm.start').at(-1)?.history ?? []).map((m) => m.content)).not.toContain(
      'Sorry, say that again?',
    );
  });

  it('ends the call with a goodbye when the model fails three times in a row', () => {
    const talk = new Conversation().opened();
    for (const turn of [1, 2, 3]) {
      const req = talk.asked(turn, 'Tell me.');
      talk.take({ type: 'llm.failed', req, problem: 'down' });
      if (turn < 3) talk.speakOut(talk.lastSaid());
    }
    expect(talk.of('tts.say').at(-1)?.text).toBe('I cannot think. Bye!');
  });

  it('cut short by the model stands as far as it went', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: 'One thing is certain, and' });
    talk.take({ type: 'llm.failed', req, problem: 'cut' });
    talk.speakOut(talk.lastSaid());
    expect(talk.entries().at(-1)).toMatchObject({
      kind: 'persona',
      text: 'One thing is certain, and',
      interrupted: false,
    });
  });
});

describe('an interruption', () => {
  function speaking(): { talk: Conversation; utt: number } {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: 'one two three four five six seven eight nine ten.' });
    talk.take({ type: 'llm.done', req });
    const utt = talk.lastSaid();
    talk.take({
      type: 'tts.words',
      utt,
      words: evenWords('one two three four five six seven eight nine ten.'),
    });
    talk.take({ type: 'play.started', utt });
    return { talk, utt };
  }

  it('clears the line first and keeps only what was heard', () => {
    const { talk, utt } = speaking();
    const effects = talk.take(
      { type: 'stt.partial', turn: 2, text: 'Wait a' },
      { ear: { utt, ms: 1_000 }, got: { utt, ms: 3_000 } },
    );
    expect(effects[0]).toEqual({ type: 'line.clear' });
    expect(effects).toContainEqual({ type: 'tts.cancel', utt });
    expect(talk.entries().at(-1)).toMatchObject({ text: 'one two three', interrupted: true });
  });

  it('keeps what was heard of one utterance when the next is already in synthesis', () => {
    const { talk, utt } = speaking();
    talk.take(
      { type: 'tts.done', utt, totalMs: 3_000 },
      { got: { utt, ms: 3_000 }, ear: { utt, ms: 1_900 } },
    );
    talk.take({ type: 'stt.end', turn: 2, text: 'I see.', voicedAt: null }, { ear: { utt, ms: 2_100 } });
    const req = talk.of('llm.start').at(-1)?.req ?? 0;
    talk.take({ type: 'llm.text', req, text: 'Then let us begin. And' }, { ear: { utt, ms: 2_100 } });
    const next = talk.lastSaid();
    expect(next).not.toBe(utt);
    talk.take(
      { type: 'stt.partial', turn: 3, text: 'No wait' },
      { ear: { utt, ms: 2_200 }, got: { utt: next, ms: 300 } },
    );
    expect(talk.entries().at(-1)).toMatchObject({ utt, text: 'one two three four five six seven' });
  });

  it('never counts words whose audio had not arrived', () => {
    const { talk, utt } = speaking();
    talk.take(
      { type: 'stt.partial', turn: 2, text: 'Wait a' },
      { ear: { utt, ms: 3_000 }, got: { utt, ms: 700 } },
    );
    expect(talk.entries().at(-1)).toMatchObject({ text: 'one two' });
  });

  it('by mm-hm does not stop the persona, and is kept in the transcript', () => {
    const { talk, utt } = speaking();
    const stamps = { ear: { utt, ms: 1_000 }, got: { utt, ms: 3_000 } };
    talk.take({ type: 'stt.partial', turn: 2, text: 'Mm-hm' }, stamps);
    talk.take({ type: 'stt.end', turn: 2, text: 'Mm-hm, yeah.', voicedAt: null }, stamps);
    expect(talk.of('line.clear')).toEqual([]);
    expect(talk.of('llm.start')).toHaveLength(1);
    expect(talk.entries().at(-1)).toEqual({
      kind: 'caller',
      turn: 2,
      text: 'Mm-hm, yeah.',
      aside: true,
      continues: false,
    });
  });

  it('in the last second is an answer: it waits behind what is on air', () => {
    const { talk, utt } = speaking();
    talk.take(
      { type: 'tts.done', utt, totalMs: 3_000 },
      { ear: { utt, ms: 2_000 }, got: { utt, ms: 3_000 } },
    );
    talk.take(
      { type: 'stt.end', turn: 2, text: 'I see what you mean.', voicedAt: null },
      { ear: { utt, ms: 2_500 }, got: { utt, ms: 3_000 } },
    );
    expect(talk.of('line.clear')).toEqual([]);
    expect(talk.of('llm.start')).toHaveLength(2);
  });

  it('drops what the model still had to say', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: 'one two three, four five six' });
    const utt = talk.lastSaid();
    talk.take({ type: 'tts.words', utt, words: evenWords('one two three,') });
    talk.take(
      { type: 'stt.partial', turn: 2, text: 'Stop that' },
      { ear: { utt, ms: 500 }, got: { utt, ms: 900 } },
    );
    const before = talk.effects.length;
    talk.take({ type: 'llm.text', req, text: ' seven. eight. nine.' });
    expect(talk.effects).toHaveLength(before);
    expect(talk.of('llm.cancel')).toEqual([{ type: 'llm.cancel', req }]);
  });

  it('tells the model where it was cut off', () => {
    const { talk, utt } = speaking();
    talk.take(
      { type: 'stt.end', turn: 2, text: 'Wait a moment.', voicedAt: null },
      { ear: { utt, ms: 1_000 }, got: { utt, ms: 3_000 } },
    );
    const view = modelView(talk.of('llm.start').at(-1)?.history ?? []);
    expect(view.at(-2)?.content).toBe('one two three — [cut off by the caller]');
  });
});
