import { describe, expect, it } from 'vitest';
import { Conversation, evenWords } from './conversation.testing.ts';
import { modelView } from './history.ts';

describe('a tool', () => {
  it('runs, and its result goes to the model with the call it answers', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'What does it cost?');
    talk.take({ type: 'llm.tool', req, tool: { name: 'get_call_cost', args: {} } });
    talk.take({ type: 'llm.done', req });
    const call = talk.of('tool.run')[0]?.call ?? -1;
    talk.take({ type: 'tool.done', call, result: '{"status":"ok"}' });
    const view = modelView(talk.of('llm.start').at(-1)?.history ?? []);
    expect(view.slice(-2)).toEqual([
      {
        role: 'assistant',
        content: null,
        toolCall: { id: `call_${call}`, name: 'get_call_cost', arguments: '{}' },
      },
      { role: 'tool', toolCallId: `call_${call}`, content: '{"status":"ok"}' },
    ]);
  });

  it('whose answer comes after the caller moved on is not blurted out, and still has one result', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'What does it cost?');
    talk.take({ type: 'llm.tool', req, tool: { name: 'get_call_cost', args: {} } });
    talk.take({ type: 'llm.done', req });
    const call = talk.of('tool.run')[0]?.call ?? -1;
    talk.asked(2, 'Never mind, tell me a story.');
    const asked = talk.of('llm.start').length;
    talk.take({ type: 'tool.done', call, result: '{"status":"ok"}' });
    expect(talk.of('llm.start')).toHaveLength(asked);
    expect(talk.entries().filter((entry) => entry.kind === 'tool-result')).toHaveLength(1);
  });

  it('that never answers is given up', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'What does it cost?');
    talk.take({ type: 'llm.tool', req, tool: { name: 'get_call_cost', args: {} } });
    talk.take({ type: 'llm.done', req });
    talk.wake();
    expect(talk.of('tts.say').at(-1)?.text).toBe('One moment.'); // the filler
    talk.speakOut(talk.lastSaid());
    talk.wake();
    expect(talk.of('tool.cancel')).toHaveLength(1);
    expect(talk.of('llm.start')).toHaveLength(2);
  });
});

describe('the end', () => {
  function hungUpAfterGoodbye(talk: Conversation, goodbye: string): void {
    expect(talk.of('tts.say').at(-1)?.text).toBe(goodbye);
    talk.speakOut(talk.lastSaid());
    expect(talk.effects.at(-1)).toEqual({ type: 'line.hangUp', say: null });
    talk.take({ type: 'line.stopped' });
    expect(talk.of('end')).toHaveLength(1);
  }

  it('by the model: farewell, drain, hang up, end', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Bye!');
    talk.take({ type: 'llm.tool', req, tool: { name: 'end_call', args: { farewell: 'Take care!' } } });
    talk.take({ type: 'llm.done', req });
    hungUpAfterGoodbye(talk, 'Take care!');
    expect(talk.of('end')).toEqual([{ type: 'end', reason: 'persona-said-goodbye' }]);
  });

  it('cannot be interrupted once the goodbye is on air', () => {
    const talk = new Conversation().opened();
    talk.take({ type: 'stop.requested', reason: 'requested' });
    const utt = talk.lastSaid();
    talk.take({ type: 'play.started', utt });
    talk.take(
      { type: 'stt.partial', turn: 1, text: 'No wait please' },
      { ear: { utt, ms: 100 }, got: { utt, ms: 2_000 } },
    );
    talk.take(
      { type: 'stt.end', turn: 1, text: 'No wait please stay', voicedAt: null },
      { ear: { utt, ms: 400 }, got: { utt, ms: 2_000 } },
    );
    expect(talk.of('line.clear')).toEqual([]);
    expect(talk.of('llm.start')).toEqual([]);
    hungUpAfterGoodbye(talk, 'I have to go. Bye!');
  });

  it('comes also when the last mark is lost', () => {
    const talk = new Conversation().opened();
    talk.take({ type: 'stop.requested', reason: 'requested' });
    const utt = talk.lastSaid();
    talk.take({ type: 'tts.done', utt, totalMs: 1_500 }, { got: { utt, ms: 1_500 } });
    talk.wake();
    expect(talk.at).toBe(talk.state.call.phase === 'hangingUp' ? talk.at : -1);
    expect(talk.of('line.hangUp')).toHaveLength(1);
    talk.wake();
    expect(talk.of('end')).toEqual([{ type: 'end', reason: 'requested' }]);
  });

  it('keeps the first reason', () => {
    const talk = new Conversation().opened();
    talk.take({ type: 'stop.requested', reason: 'draining' });
    talk.take({ type: 'stop.requested', reason: 'requested' });
    hungUpAfterGoodbye(talk, 'Another time. Bye!');
    expect(talk.of('end')).toEqual([{ type: 'end', reason: 'draining' }]);
  });

  it('after silence: two questions, then a goodbye', () => {
    const talk = new Conversation().opened();
    for (const text of ['Are you there?', 'Hello?']) {
      talk.wake();
      expect(talk.of('tts.say').at(-1)?.text).toBe(text);
      talk.speakOut(talk.lastSaid());
    }
    talk.wake();
    hungUpAfterGoodbye(talk, 'I will let you go. Bye!');
  });

  it('by the caller: records what had been heard, and has no further effect', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: 'one two three four five.' });
    talk.take({ type: 'llm.done', req });
    const utt = talk.lastSaid();
    talk.take({ type: 'tts.words', utt, words: evenWords('one two three four five.') });
    const effects = talk.take({ type: 'line.stopped' }, { ear: { utt, ms: 650 }, got: { utt, ms: 1_500 } });
    expect(effects.map((effect) => effect.type)).toEqual(['record', 'end']);
    expect(talk.entries().at(-1)).toMatchObject({ text: 'one two', interrupted: true });
    expect(talk.take({ type: 'llm.done', req })).toEqual([]);
  });

  it('with a goodbye when speech-to-text stays away', () => {
    const talk = new Conversation().opened();
    talk.take({ type: 'stt.down' });
    talk.after(8_000).take({ type: 'wake' });
    expect(talk.of('tts.say').some((say) => say.text === 'I cannot hear you. Bye!')).toBe(true);
  });

  it('in the carrier’s own voice when the persona’s cannot be had', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: 'Certainly, here you go.' });
    talk.take({ type: 'llm.done', req });
    const fail = () => talk.take({ type: 'tts.failed', utt: talk.lastSaid(), problem: 'down' });
    for (let i = 0; i < 3; i++) fail();
    expect(talk.of('tts.say').map((say) => say.attempt)).toEqual([0, 0, 0, 1, 2, 0]);
    expect(talk.of('tts.say').at(-1)?.text).toBe('My voice is gone. Bye!'); // a clip may be at hand
    for (let i = 0; i < 3; i++) fail();
    expect(talk.of('line.hangUp')).toEqual([{ type: 'line.hangUp', say: 'My voice is gone. Bye!' }]);
  });
});

describe('text-to-speech', () => {
  it('that fails in mid-sentence says the rest under a new id, and nothing twice', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: 'one two three four five six.' });
    talk.take({ type: 'llm.done', req });
    const utt = talk.lastSaid();
    talk.take({ type: 'tts.words', utt, words: evenWords('one two three four five six.') });
    talk.take({ type: 'tts.failed', utt, problem: 'cut' }, { got: { utt, ms: 1_000 } });
    const retry = talk.lastSaid();
    expect(retry).not.toBe(utt);
    expect(talk.of('tts.say').at(-1)?.text.trim()).toBe('four five six.');
    talk.take({ type: 'play.drained', utt });
    talk.speakOut(retry);
    expect(
      talk
        .entries()
        .slice(-2)
        .map((entry) => 'text' in entry && entry.text),
    ).toEqual(['one two three', 'four five six.']);
  });

  it('that stalls is noticed by the audio, not by the words', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: 'one two three four.' });
    talk.take({ type: 'llm.done', req });
    const utt = talk.lastSaid();
    talk.take({ type: 'tts.words', utt, words: evenWords('one two three four.') });
    talk.wake({ got: { utt, ms: 500 } });
    expect(talk.of('tts.cancel')).toEqual([]); // slow, but flowing
    talk.wake({ got: { utt, ms: 500 } });
    expect(talk.of('tts.cancel')).toEqual([{ type: 'tts.cancel', utt }]);
  });

  it('late words after the end change nothing', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: 'one two.' });
    talk.take({ type: 'llm.done', req });
    const utt = talk.lastSaid();
    talk.take({ type: 'tts.done', utt, totalMs: 600 }, { got: { utt, ms: 600 } });
    const before = talk.state;
    talk.take({ type: 'tts.words', utt, words: evenWords('one two.') }, { got: { utt, ms: 600 } });
    expect(talk.state).toEqual(before);
  });

  it('an echo that tells of a later utterance drains the earlier ones too', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me.');
    talk.take({ type: 'llm.text', req, text: 'one two.' });
    talk.take({ type: 'llm.done', req });
    const first = talk.lastSaid();
    talk.take(
      { type: 'tts.done', utt: first, totalMs: 600 },
      { got: { utt: first, ms: 600 }, ear: { utt: first, ms: 500 } },
    );
    const next = talk.asked(2, 'And what else?');
    talk.take({ type: 'llm.text', req: next, text: 'three four.' });
    talk.take({ type: 'llm.done', req: next });
    const second = talk.lastSaid();
    talk.take({ type: 'tts.done', utt: second, totalMs: 600 }, { got: { utt: second, ms: 600 } });
    talk.take({ type: 'play.drained', utt: second });
    expect(talk.state.mouth).toEqual([]);
  });
});
