import { describe, expect, it } from 'vitest';
import { Conversation, evenWords } from './conversation.testing.ts';
import { nextDeadline } from './deadlines.ts';
import { tunablesFor } from './tunables.ts';
import { isEchoOf } from './words.ts';

const TEXT = 'one two three four five six seven eight nine ten eleven twelve.';

/** The persona is one second into a sentence of 3.6 s. */
function speaking(talk = new Conversation()) {
  talk.opened();
  const req = talk.asked(1, 'Tell me.');
  talk.take({ type: 'llm.text', req, text: TEXT });
  talk.take({ type: 'llm.done', req });
  const utt = talk.lastSaid();
  talk.take({ type: 'tts.words', utt, words: evenWords(TEXT) });
  talk.take({ type: 'play.started', utt });
  talk.take({ type: 'tts.done', utt, totalMs: 3_600 }, { got: { utt, ms: 3_600 }, ear: { utt, ms: 0 } });
  talk.after(1_000);
  const at = (ms: number) => ({ ear: { utt, ms }, got: { utt, ms: 3_600 } });
  return { talk, utt, at };
}

describe('sound without words', () => {
  it('that is over soon changes nothing', () => {
    const { talk, at } = speaking();
    talk.take({ type: 'voice.on', forMs: 200, offLagMs: 0 }, at(1_000));
    talk.after(300).take({ type: 'voice.off' }, at(1_300));
    talk.wake(at(3_000));
    expect(talk.of('line.clear')).toEqual([]);
  });

  it('that lasts silences the persona; without words it goes on from where it was heard', () => {
    const { talk, utt, at } = speaking();
    const onset = talk.at - 200;
    talk.take({ type: 'voice.on', forMs: 200, offLagMs: 0 }, at(1_000));
    talk.wake(at(1_500));
    expect(talk.at).toBe(onset + 700);
    expect(talk.effects.at(-1)).toEqual({ type: 'line.clear' });
    expect(talk.of('line.forget')).toEqual([]);
    const held = talk.at;
    talk.wake(at(1_550));
    expect(talk.at).toBe(held + 2_000);
    expect(talk.effects.at(-1)).toEqual({ type: 'line.resume', utt, fromMs: 1_500 }); // the word it fell silent at
    expect(nextDeadline(talk.state)).toBe(talk.at + 2_100 + 1_500); // the drain is watched again
    talk.take({ type: 'play.drained', utt });
    expect(talk.entries().at(-1)).toMatchObject({ text: TEXT, interrupted: false });
  });

  it('followed by words is an interruption, at the place where it fell silent', () => {
    const { talk, at } = speaking();
    talk.take({ type: 'voice.on', forMs: 200, offLagMs: 0 }, at(1_000));
    talk.wake(at(1_500));
    const clears = talk.of('line.clear').length;
    talk.after(300).take({ type: 'stt.partial', turn: 2, text: 'I have a' }, at(1_500));
    expect(talk.of('line.clear')).toHaveLength(clears);
    expect(talk.of('line.forget')).toHaveLength(1);
    expect(talk.entries().at(-1)).toMatchObject({ text: 'one two three four five', interrupted: true });
    talk.after(2_500).take({ type: 'wake' });
    expect(talk.of('line.resume')).toEqual([]);
  });

  it('that turns out to be a sign of listening resumes at once', () => {
    const { talk, at } = speaking();
    talk.take({ type: 'voice.on', forMs: 200, offLagMs: 0 }, at(1_000));
    talk.wake(at(1_500));
    talk.after(200).take({ type: 'stt.end', turn: 2, text: 'Yeah yeah.', voicedAt: talk.at }, at(1_500));
    expect(talk.of('line.resume')).toHaveLength(1);
    expect(talk.entries().at(-1)).toMatchObject({ text: 'Yeah yeah.', aside: true });
  });

  it('in the last second is let pass', () => {
    const { talk, at } = speaking();
    talk.take({ type: 'voice.on', forMs: 200, offLagMs: 0 }, at(2_300));
    talk.wake(at(2_800));
    expect(talk.of('line.clear')).toEqual([]);
  });

  it('never stops a goodbye', () => {
    const { talk } = speaking();
    talk.take({ type: 'stop.requested', reason: 'requested' });
    talk.take({ type: 'play.drained', utt: talk.lastSaid() });
    const goodbye = talk.lastSaid();
    talk.take({ type: 'play.started', utt: goodbye });
    talk.take({ type: 'voice.on', forMs: 200, offLagMs: 0 });
    talk.after(800).take({ type: 'wake' });
    expect(talk.of('line.clear')).toEqual([]);
  });

  it('while held, a stop is said goodbye to at once', () => {
    const { talk, at } = speaking();
    talk.take({ type: 'voice.on', forMs: 200, offLagMs: 0 }, at(1_000));
    talk.wake(at(1_500));
    talk.take({ type: 'stop.requested', reason: 'requested' }, at(1_500));
    expect(talk.of('line.forget')).toHaveLength(1);
    expect(talk.of('tts.say').at(-1)?.text).toBe('I have to go. Bye!');
  });
});

describe('words over the persona', () => {
  it('cut at once in a balanced talk', () => {
    const { talk, at } = speaking();
    talk.take({ type: 'stt.partial', turn: 2, text: 'I' }, at(1_000));
    expect(talk.effects.slice(-3).map((effect) => effect.type)).toEqual([
      'line.clear',
      'line.forget',
      'record',
    ]);
  });

  it('cut from the second one on in a conservative talk, except a stop word that stands', () => {
    const conservative = () => speaking(new Conversation({ tunables: tunablesFor('conservative') }));
    const one = conservative();
    one.talk.take({ type: 'stt.partial', turn: 2, text: 'stop' }, one.at(1_000));
    expect(one.talk.of('line.clear')).toEqual([]); // may yet become "stopping by"
    one.talk.take({ type: 'stt.partial', turn: 2, text: 'Stop it' }, one.at(1_100));
    expect(one.talk.of('line.clear')).toHaveLength(1);
    const two = conservative();
    two.talk.take({ type: 'stt.end', turn: 2, text: 'Stop.', voicedAt: null }, two.at(1_000));
    expect(two.talk.of('line.clear')).toHaveLength(1);
  });

  it('in the last second cut only when they say stop', () => {
    const { talk, at } = speaking();
    talk.take({ type: 'stt.partial', turn: 2, text: 'Maybe not' }, at(2_800));
    expect(talk.of('line.clear')).toEqual([]);
    talk.take({ type: 'stt.partial', turn: 2, text: 'Wait maybe not' }, at(2_900));
    expect(talk.of('line.clear')).toHaveLength(1);
  });

  it('that are its own are an echo, and nobody’s turn', () => {
    const { talk, at } = speaking();
    talk.take({ type: 'stt.partial', turn: 2, text: 'two three' }, at(1_400));
    talk.take({ type: 'stt.end', turn: 2, text: 'Two, three, four.', voicedAt: null }, at(1_800));
    expect(talk.of('line.clear')).toEqual([]);
    expect(talk.of('llm.start')).toHaveLength(1);
    expect(talk.entries().filter((entry) => entry.kind === 'caller')).toHaveLength(2);
  });

  it('that repeat it after it has finished are the caller’s', () => {
    const { talk, utt, at } = speaking();
    talk.after(2_600).take({ type: 'play.drained', utt }, at(3_600));
    talk.after(900).take({ type: 'stt.end', turn: 2, text: 'Eleven, twelve?', voicedAt: null });
    expect(talk.of('llm.start')).toHaveLength(2);
  });
});

describe('an echo', () => {
  it.each([
    ['two three', true],
    ['wo three fou', true], // fragments at both ends
    ['three two', false],
    ['three four five six seven', true],
    ['no', false],
    ['two', true],
  ])('"%s" is %s', (text, is) => {
    expect(isEchoOf(text, TEXT, false)).toBe(is);
  });

  it('is not believed for one word after the persona fell silent', () => {
    expect(isEchoOf('twelve', TEXT, true)).toBe(false);
  });
});

describe('before the opening', () => {
  it('a hello that is being said is waited for', () => {
    const talk = new Conversation();
    talk.take({ type: 'line.started' });
    talk.after(1_000).take({ type: 'voice.on', forMs: 200, offLagMs: 0 });
    talk.after(300).take({ type: 'wake' });
    expect(talk.of('tts.say')).toEqual([]);
    talk.after(100).take({ type: 'voice.off' });
    expect(nextDeadline(talk.state)).toBe(talk.at + 600);
    talk.after(350).take({ type: 'stt.end', turn: 0, text: 'Hello?', voicedAt: null });
    expect(talk.of('tts.say')).not.toEqual([]);
  });
});
