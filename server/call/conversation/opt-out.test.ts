import { describe, expect, it } from 'vitest';
import { Conversation } from './conversation.testing.ts';
import { asksForNoMoreCalls, saysWrongNumber } from './opt-out.ts';

/** Who says that they want no more calls is taken at their word; who says something else is not. */

describe('no more calls', () => {
  it.each([
    'Stop calling me.',
    'Please stop calling this number!',
    'Stop calling.',
    'I told you to stop calling me all the time',
    "Don't call me again.",
    'Do not ever call here again',
    "don't call anymore",
    'Never call me again',
    'Never ring this number.',
    'Take me off your list.',
    'take my number off',
    'Remove me from your list',
    "I don't want you to call me.",
    "I don't want to be called any more",
    'I do not want any more calls',
    'No more calls, please.',
    'Lose my number.',
    'Put me on your do not call list.',
    'Unsubscribe.',
    'Don’t call me ever.',
  ])('is asked for by "%s"', (said) => {
    expect(asksForNoMoreCalls(said)).toBe(true);
  });

  it.each([
    "Don't call me tomorrow.",
    "Don't call me before nine.",
    "Don't call me Al.",
    'Stop calling me names.',
    'Call me again tomorrow.',
    "I don't want you to call me tomorrow, I am busy.",
    'They keep calling me at work.',
    'My boss told me to stop calling clients.',
    'I stopped calling my mother.',
    'I never call him.',
    'I want to remove the wallpaper.',
    'Stop.',
    '',
  ])('is not asked for by "%s"', (said) => {
    expect(asksForNoMoreCalls(said)).toBe(false);
  });
});

describe('a wrong number', () => {
  it.each(['You have the wrong number.', 'Sorry, wrong person', 'There is nobody here by that name.'])(
    'is what "%s" says',
    (text) => expect(saysWrongNumber(text)).toBe(true),
  );
  it.each(['What is your number?', 'Nobody is here.', 'I gave you the right number.'])(
    'is not what "%s" says',
    (text) => expect(saysWrongNumber(text)).toBe(false),
  );
});

describe('a call in which somebody says so', () => {
  const said = (call: Conversation, text: string, turn = 1) =>
    call.after(500).take({ type: 'stt.end', turn, text, voicedAt: null });
  const lastWords = (call: Conversation) => {
    for (let i = 0; i < 5 && call.of('line.hangUp').length === 0; i++) {
      const utt = call.of('tts.say').at(-1)?.utt;
      if (utt !== undefined) call.speakOut(utt);
      call.wake();
    }
    return call.of('tts.say').at(-1)?.text;
  };

  it('is acted on at once, said goodbye to, and ended; the model is not asked', () => {
    const call = new Conversation().opened();
    const asked = call.of('llm.start').length;
    expect(said(call, 'Stop calling me.').map(({ type }) => type)).toContain('callee.optedOut');
    expect(lastWords(call)).toBe('I will not call again. Bye!');
    expect(call.of('llm.start').length).toBe(asked);
    expect(call.of('line.hangUp')).toHaveLength(1);
  });

  it('is heard before the opening, and while the persona speaks', () => {
    const early = new Conversation();
    early.take({ type: 'line.started' });
    said(early, 'Take me off your list.', 0);
    expect(early.of('callee.optedOut')).toHaveLength(1);
    expect(lastWords(early)).toBe('I will not call again. Bye!');
  });

  it('is heard once, also by key and when the call is ending anyway', () => {
    const call = new Conversation().opened();
    call.take({ type: 'stop.requested', reason: 'requested' });
    call.take({ type: 'stop.requested', reason: 'asked-to-stop' });
    call.take({ type: 'stop.requested', reason: 'asked-to-stop' });
    expect(call.of('callee.optedOut')).toHaveLength(1);
  });

  it('tells somebody in danger where help is, as the last words', () => {
    const call = new Conversation().opened();
    said(call, 'Stop calling me, I want to die.');
    expect(call.of('callee.optedOut')).toHaveLength(1);
    expect(lastWords(call)).toBe('Please call 988 now.');
  });
});
