import { describe, expect, it } from 'vitest';
import { Conversation, testConfig } from './conversation.testing.ts';
import { nextDeadline } from './deadlines.ts';
import { modelView } from './history.ts';
import { tunablesFor } from './tunables.ts';

function asked(talk: Conversation): string[] {
  return talk
    .of('llm.start')
    .map((start) => modelView(start.history).at(-1))
    .map((message) => (message?.role === 'user' ? message.content : ''));
}

describe('the end of a turn', () => {
  it.each(['Yes', 'no', 'okay sure', 'Yes.'])('is immediate after "%s"', (text) => {
    const talk = new Conversation().opened();
    talk.take({ type: 'stt.end', turn: 1, text, voicedAt: talk.at });
    expect(asked(talk)).toEqual([text]);
  });

  it('is immediate after a whole sentence', () => {
    const talk = new Conversation().opened();
    talk.take({ type: 'stt.end', turn: 1, text: 'I start at three.', voicedAt: talk.at });
    expect(asked(talk)).toEqual(['I start at three.']);
  });

  it('waits after an open clause, and what comes in between belongs to the same turn', () => {
    const talk = new Conversation().opened();
    const end = talk.at;
    talk.after(200).take({ type: 'stt.end', turn: 1, text: 'I want to finish the', voicedAt: end });
    expect(asked(talk)).toEqual([]);
    expect(nextDeadline(talk.state)).toBe(end + 520); // 400 ms of pause expected, times 1.3, from the last sound
    talk.after(200).take({ type: 'stt.partial', turn: 2, text: 'rep' });
    talk.take({ type: 'stt.partial', turn: 2, text: 'report for' });
    talk.after(600).take({ type: 'stt.end', turn: 2, text: 'report for my boss.', voicedAt: talk.at });
    expect(asked(talk)).toEqual(['I want to finish the report for my boss.']);
    expect(talk.entries().filter((entry) => entry.kind === 'caller')).toHaveLength(2); // with the hello
  });

  it('comes when the pause was long enough', () => {
    const talk = new Conversation().opened();
    talk.take({ type: 'stt.end', turn: 1, text: 'I want to finish the', voicedAt: talk.at });
    talk.wake();
    expect(asked(talk)).toEqual(['I want to finish the']);
  });

  it('waits longer for somebody who makes longer pauses, within the profile’s bounds', () => {
    const talk = new Conversation().opened();
    const waits: number[] = [];
    for (let turn = 1; turn <= 9; turn++) {
      const end = talk.at;
      talk.take({ type: 'stt.end', turn, text: 'and then I', voicedAt: end });
      waits.push(nextDeadline(talk.state) - end);
      talk.after(waits.at(-1) ?? 0).after(-1); // goes on at the last moment
      talk.take({ type: 'stt.partial', turn: turn + 1, text: 'well' });
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBe(520);
    expect(waits.at(-1)).toBeGreaterThan(900);
    expect(waits.at(-1)).toBeLessThanOrEqual(2_000);
  });

  it('differs between profiles', () => {
    const wait = (profile: 'conservative' | 'balanced' | 'aggressive') => {
      const talk = new Conversation({ tunables: tunablesFor(profile) }).opened();
      talk.take({ type: 'stt.end', turn: 1, text: 'I want to', voicedAt: talk.at });
      return nextDeadline(talk.state) - talk.at;
    };
    expect(wait('aggressive')).toBeLessThan(wait('balanced'));
    expect(wait('balanced')).toBeLessThan(wait('conservative'));
  });

  it('is taken back when the caller goes on before the reply is heard', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'I think we should go.');
    talk.take({ type: 'llm.text', req, text: 'Sure, where would you like to go?' });
    talk.take({ type: 'stt.partial', turn: 2, text: 'But not today' });
    expect(talk.of('llm.cancel')).toEqual([{ type: 'llm.cancel', req }]);
    talk.take({ type: 'stt.end', turn: 2, text: 'But not today.', voicedAt: talk.at });
    expect(asked(talk).at(-1)).toBe('I think we should go. But not today.');
    expect(talk.entries().at(-1)).toMatchObject({ turn: 2, continues: true });
    expect(talk.entries().some((entry) => 'text' in entry && entry.text.startsWith('Sure'))).toBe(false);
  });
});

describe('a reply drafted on the eager end', () => {
  const TEXT = 'I start at three.';
  function drafted() {
    const talk = new Conversation().opened();
    talk.take({ type: 'stt.eagerEnd', turn: 1, text: TEXT });
    const req = talk.of('llm.start').at(-1)?.req ?? 0;
    expect(talk.of('llm.start').at(-1)?.draftOf).toBe(1);
    return { talk, req };
  }

  it('says nothing before the turn is over, and everything at once when it is', () => {
    const { talk, req } = drafted();
    const before = talk.of('tts.say').length;
    talk.take({ type: 'llm.text', req, text: 'Three it is. See you then. ' });
    talk.take({ type: 'llm.done', req });
    expect(talk.of('tts.say')).toHaveLength(before);
    talk.take({ type: 'stt.end', turn: 1, text: TEXT, voicedAt: talk.at });
    expect(talk.of('tts.say').at(-1)?.text).toBe('Three it is. See you then. ');
    expect(talk.of('llm.start')).toHaveLength(1);
    expect(talk.of('llm.cancel')).toEqual([]);
  });

  it('goes on being written after the turn is over', () => {
    const { talk, req } = drafted();
    talk.take({ type: 'stt.end', turn: 1, text: TEXT, voicedAt: talk.at });
    talk.take({ type: 'llm.text', req, text: 'Three it is. And' });
    expect(talk.of('tts.say').at(-1)?.text).toBe('Three it is. ');
  });

  it('runs its tool only after the turn is over', () => {
    const { talk, req } = drafted();
    talk.take({ type: 'llm.tool', req, tool: { name: 'get_call_cost', args: {} } });
    talk.take({ type: 'llm.done', req });
    expect(talk.of('tool.run')).toEqual([]);
    talk.take({ type: 'stt.end', turn: 1, text: TEXT, voicedAt: talk.at });
    expect(talk.of('tool.run')).toHaveLength(1);
  });

  it('is thrown away when the caller goes on', () => {
    const { talk, req } = drafted();
    talk.take({ type: 'stt.resumed', turn: 1 });
    expect(talk.of('llm.cancel')).toEqual([{ type: 'llm.cancel', req }]);
    talk.take({ type: 'llm.text', req, text: 'Three it is.' });
    talk.take({ type: 'stt.end', turn: 1, text: `${TEXT} Or four.`, voicedAt: talk.at });
    expect(asked(talk).at(-1)).toBe(`${TEXT} Or four.`);
  });

  it('is not used for another text, whatever was reported in between', () => {
    const { talk, req } = drafted();
    talk.take({ type: 'stt.end', turn: 1, text: 'I start at four.', voicedAt: talk.at });
    expect(talk.of('llm.cancel')).toEqual([{ type: 'llm.cancel', req }]);
    expect(asked(talk).at(-1)).toBe('I start at four.');
  });

  it('is used when only case and punctuation differ', () => {
    const { talk } = drafted();
    talk.take({ type: 'stt.end', turn: 1, text: 'i start at three', voicedAt: talk.at });
    expect(talk.of('llm.start')).toHaveLength(1);
  });

  it('is tried at most three times in one turn', () => {
    const talk = new Conversation().opened();
    for (let i = 0; i < 6; i++) {
      talk.take({ type: 'stt.eagerEnd', turn: 1, text: `one ${'more '.repeat(i)}.` });
      talk.take({ type: 'stt.resumed', turn: 1 });
    }
    expect(talk.of('llm.start')).toHaveLength(3);
  });

  it('that fails costs nothing but itself', () => {
    const { talk, req } = drafted();
    talk.take({ type: 'llm.failed', req, problem: 'down' });
    talk.take({ type: 'stt.end', turn: 1, text: TEXT, voicedAt: talk.at });
    expect(asked(talk)).toHaveLength(2);
    expect(talk.state.modelFailures).toBe(0);
  });
});

describe('a slow tool', () => {
  function waiting() {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'How much?');
    talk.take({ type: 'llm.tool', req, tool: { name: 'get_call_cost', args: {} } });
    talk.take({ type: 'llm.done', req });
    return { talk, call: talk.of('tool.run')[0]?.call ?? 0 };
  }

  it('is bridged by a filler, which the model is not told of', () => {
    const { talk, call } = waiting();
    const asking = talk.at;
    talk.wake();
    expect(talk.at).toBe(asking + 700);
    expect(talk.of('tts.say').at(-1)?.text).toBe('One moment.');
    talk.take({ type: 'tool.done', call, result: '{"cents":70}' });
    const view = modelView(talk.of('llm.start').at(-1)?.history ?? []).map((message) => message.content);
    expect(view).not.toContain('One moment.');
    expect(view.at(-1)).toBe('{"cents":70}');
  });

  it('does not blurt its result out while the caller is speaking', () => {
    const { talk, call } = waiting();
    talk.take({ type: 'stt.partial', turn: 2, text: 'Actually' });
    talk.take({ type: 'tool.done', call, result: '{}' });
    expect(talk.of('llm.start')).toHaveLength(1);
    talk.take({ type: 'stt.end', turn: 2, text: '', voicedAt: null }); // it was nothing after all
    expect(talk.of('llm.start')).toHaveLength(2);
  });
});

describe('hold music and other bots', () => {
  it('end the call with a goodbye when they say the same again and again', () => {
    const talk = new Conversation({ tunables: { ...testConfig.tunables } }).opened();
    for (let turn = 1; turn <= 4 && talk.state.call.phase === 'talking'; turn++) {
      talk.take({
        type: 'stt.end',
        turn,
        text: 'Your call is important to us, please hold the line.',
        voicedAt: null,
      });
    }
    expect(talk.of('tts.say').at(-1)?.text).toBe('We go in circles. Bye!');
  });

  it('are not suspected for saying yes and no', () => {
    const talk = new Conversation().opened();
    for (let turn = 1; turn <= 8; turn++) talk.asked(turn, turn % 2 === 0 ? 'Yes.' : 'No, not yet.');
    expect(talk.state.call.phase).toBe('talking');
  });
});

describe('the budget', () => {
  it('running low is said at the next free moment, and again when it was not heard', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Go on.');
    talk.take({ type: 'budget', level: 'warn' });
    expect(talk.of('tts.say').at(-1)?.text).not.toBe('We have about a minute left.');
    talk.take({ type: 'llm.text', req, text: 'Well then.' });
    talk.take({ type: 'llm.done', req });
    talk.speakOut(talk.lastSaid());
    expect(talk.of('tts.say').at(-1)?.text).toBe('We have about a minute left.');
    const utt = talk.lastSaid();
    talk.take({ type: 'play.started', utt });
    talk.take({ type: 'stt.partial', turn: 2, text: 'Wait what' }, { ear: { utt, ms: 0 } });
    const next = talk.asked(2, 'Wait, what?');
    talk.take({ type: 'llm.text', req: next, text: 'Nothing.' });
    talk.take({ type: 'llm.done', req: next });
    talk.speakOut(talk.lastSaid());
    expect(talk.of('tts.say').at(-1)?.text).toBe('We have about a minute left.');
  });

  it.each([
    ['cutoff', 'That was all we had. Bye!'],
    ['revoked', 'I was called off. Bye!'],
  ] as const)('%s ends the call with a goodbye', (level, goodbye) => {
    const talk = new Conversation().opened();
    talk.take({ type: 'budget', level });
    expect(talk.of('tts.say').at(-1)?.text).toBe(goodbye);
  });
});

describe('a long text', () => {
  it('is synthesised only as far ahead as the ear may get', () => {
    const talk = new Conversation().opened();
    const req = talk.asked(1, 'Tell me all.');
    const sentence = 'This is one sentence of about sixty characters, more or less. ';
    talk.take({ type: 'llm.text', req, text: sentence.repeat(12) });
    talk.take({ type: 'llm.done', req });
    const said = () => talk.of('tts.say').filter((say) => say.text.includes('sentence')).length;
    expect(said()).toBeLessThan(5);
    const utt = talk.lastSaid();
    talk.take({ type: 'play.started', utt });
    const before = said();
    talk.after(4_000).take({ type: 'wake' }, { ear: { utt, ms: 4_000 }, got: { utt, ms: 8_000 } });
    expect(said()).toBeGreaterThan(before);
    expect(said()).toBeLessThan(8);
  });
});

describe('a turn that got stuck', () => {
  it('may go on under its own number, and only what is new counts', () => {
    const talk = new Conversation().opened();
    talk.take({ type: 'stt.partial', turn: 1, text: 'Are you there' });
    talk.wake();
    expect(asked(talk)).toEqual(['Are you there']);
    talk.take({ type: 'stt.partial', turn: 1, text: 'Are you there hello' });
    talk.take({ type: 'stt.end', turn: 1, text: 'Are you there? Hello, Brad.', voicedAt: null });
    expect(talk.entries().at(-1)).toMatchObject({ text: 'Hello, Brad.' });
    const before = talk.entries().length;
    talk.take({ type: 'stt.end', turn: 1, text: 'Are you there? Hello, Brad.', voicedAt: null });
    expect(talk.entries()).toHaveLength(before);
  });
});
