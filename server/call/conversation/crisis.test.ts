import { describe, expect, it } from 'vitest';
import { Conversation } from './conversation.testing.ts';
import { isCrisis } from './crisis.ts';

describe('somebody who may be in danger', () => {
  it.each([
    'I want to kill myself.',
    'Sometimes I don’t want to live, you know?',
    "I just… I don't want to be here anymore.",
    'They would be better off. I mean I would be better off dead.',
    'I have been feeling suicidal since Monday',
    'I think about hurting myself a lot.',
    'Please call 911!',
    "I can't breathe.",
    'There is somebody in my house.',
  ])('is understood: %s', (text) => {
    expect(isCrisis(text)).toBe(true);
  });

  it.each([
    'I killed it on stage today!',
    'My plant died.',
    'I want to live by the sea.',
    'Let’s end it here, bye.',
    'I cut the bread myself.',
    'I would die for a pizza.',
    'There is somebody at work I like.',
    '',
  ])('is not seen in: %s', (text) => {
    expect(isCrisis(text)).toBe(false);
  });
});

describe('a call in which somebody says so', () => {
  it('answers with the fixed words and does not ask the model', () => {
    const call = new Conversation().opened();
    const asked = call.of('llm.start').length;
    call.after(500).take({ type: 'stt.end', turn: 1, text: 'I want to kill myself.', voicedAt: null });
    expect(call.of('llm.start').length).toBe(asked);
    expect(call.of('tts.say').at(-1)?.text).toBe('Please call 988 now.');
  });

  it('drops a reply that was drafted before the words were complete', () => {
    const call = new Conversation().opened();
    call.after(500).take({ type: 'stt.eagerEnd', turn: 1, text: 'I want to kill myself' });
    const draft = call.of('llm.start').at(-1)?.req;
    call.after(100).take({ type: 'stt.end', turn: 1, text: 'I want to kill myself.', voicedAt: null });
    expect(call.of('llm.cancel').map(({ req }) => req)).toContain(draft);
    expect(call.of('tts.say').at(-1)?.text).toBe('Please call 988 now.');
  });

  it('says them instead of the opening', () => {
    const call = new Conversation();
    call.take({ type: 'line.started' });
    call.after(500).take({ type: 'stt.end', turn: 0, text: 'Help me, I am suicidal.', voicedAt: null });
    expect(call.of('tts.say').map(({ text }) => text)).toEqual(['Please call 988 now.']);
  });

  it('never ends as a conversation that goes in circles', () => {
    const call = new Conversation().opened();
    for (let turn = 1; turn <= 12; turn++) {
      call.after(500).take({ type: 'stt.end', turn, text: 'I want to die.', voicedAt: null });
      call.speakOut(call.lastSaid());
    }
    expect(call.of('tts.say').at(-1)?.text).toBe('Please call 988 now.');
    expect(call.of('end')).toEqual([]);
  });

  it('lets the model know afterwards what was said', () => {
    const call = new Conversation().opened();
    call.after(500).take({ type: 'stt.end', turn: 1, text: 'I want to kill myself.', voicedAt: null });
    call.speakOut(call.lastSaid());
    call.after(500);
    call.asked(2, 'My sister is here with me.');
    const said = call.entries().flatMap((entry) => ('text' in entry ? [entry.text] : []));
    expect(said).toContain('Please call 988 now.');
  });
});
