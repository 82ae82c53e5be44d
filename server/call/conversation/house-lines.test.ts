import { describe, expect, it } from 'vitest';
import { Conversation } from './conversation.testing.ts';
import { asksToHold, isScreener } from './screening.ts';

const said = (call: Conversation, turn: number, text: string) =>
  call.after(500).take({ type: 'stt.end', turn, text, voicedAt: null });
const lastText = (call: Conversation) => call.of('tts.say').at(-1)?.text;

describe('a call screener', () => {
  it.each([
    "Hi. If you record your name and reason for calling, I'll see if this person is available.",
    "Hi, the person you're calling is using a screening service from Google. Go ahead and say your name, and why you're calling.",
    'Please state your name after the tone.',
    'Who may I say is calling?',
  ])('is known by "%s"', (text) => expect(isScreener(text)).toBe(true));

  it.each([
    "Who's calling?",
    'What is your name?',
    'Hello?',
    'I wanted to say my name is Alice.',
    'Is it available?',
  ])('is not meant by "%s"', (text) => expect(isScreener(text)).toBe(false));

  it('is told who is calling; then it is silent until somebody picks up, who is greeted like anybody', () => {
    const call = new Conversation();
    call.take({ type: 'line.started' });
    said(call, 0, 'Please record your name and reason for calling.');
    expect(lastText(call)).toBe('This is Brad, an AI, for Alice.');
    call.speakOut(call.lastSaid());
    said(call, 1, 'Thank you. Please stay on the line.');
    expect(asksToHold('Thank you. Please stay on the line.')).toBe(true);
    const before = call.of('tts.say').length;
    call.after(30_000).take({ type: 'wake' });
    expect(call.of('tts.say')).toHaveLength(before); // no "are you still there?"
    said(call, 2, 'Hello, who is this?');
    expect(lastText(call)).toBe('Hi, this is Brad, an AI. Is this Alice?');
    expect(call.of('llm.start')).toEqual([]);
  });

  it('behind which nobody picks up is said goodbye to', () => {
    const call = new Conversation();
    call.take({ type: 'line.started' });
    said(call, 0, 'State your name.');
    call.speakOut(call.lastSaid());
    call.after(42_000).take({ type: 'wake' });
    expect(call.state.call.phase).toBe('talking');
    call.after(2_000).take({ type: 'wake' });
    expect(call.state.call).toMatchObject({ phase: 'goodbye', reason: 'silence' });
  });
});

describe('a machine', () => {
  it('is hung up on without a word, also in the middle of the opening', () => {
    const call = new Conversation({ voicemail: '' });
    call.take({ type: 'line.started' });
    call.wake();
    call.take({ type: 'play.started', utt: call.lastSaid() });
    call.take({ type: 'machine.answered' });
    expect(call.of('line.clear')).toHaveLength(1);
    expect(call.of('line.hangUp')).toEqual([{ type: 'line.hangUp', say: null }]);
    call.take({ type: 'line.stopped' });
    expect(call.of('end')).toEqual([{ type: 'end', reason: 'machine' }]);
  });

  it('is left the message, and nothing else, where the callee agreed to that', () => {
    const call = new Conversation();
    call.take({ type: 'line.started' });
    call.wake();
    call.take({ type: 'play.started', utt: call.lastSaid() });
    call.take({ type: 'machine.answered' });
    expect(lastText(call)).toBe('Hello, this is Brad, an AI. Goodbye.');
    said(call, 0, 'You have reached Alice.');
    expect(call.of('llm.start')).toEqual([]);
    call.speakOut(call.lastSaid());
    expect(call.of('line.hangUp')).toHaveLength(1);
  });
});

describe('keys', () => {
  it('0 says who is calling, in place of what was being said', () => {
    const call = new Conversation().opened();
    call.asked(1, 'Tell me a story.');
    call.take({ type: 'key', digit: '0' });
    expect(lastText(call)).toBe('I am Brad, an AI.');
    expect(call.of('llm.cancel')).toHaveLength(1);
  });

  it('star has the persona wait, for five minutes or until it is spoken to', () => {
    const call = new Conversation().opened();
    call.take({ type: 'key', digit: '*' });
    expect(lastText(call)).toBe('I am quiet until you speak.');
    call.speakOut(call.lastSaid());
    const before = call.of('tts.say').length;
    call.after(200_000).take({ type: 'wake' });
    expect(call.of('tts.say')).toHaveLength(before);
    call.asked(1, 'Now I can talk.');
    const req = call.of('llm.start').at(-1)?.req ?? -1;
    call.take({ type: 'llm.text', req, text: 'Good.' });
    call.take({ type: 'llm.done', req });
    call.speakOut(call.lastSaid());
    call.after(7_000).take({ type: 'wake' });
    expect(lastText(call)).toBe('Are you there?'); // patience was asked for once
  });

  it('are nothing before the persona has introduced itself, nor in a goodbye', () => {
    const early = new Conversation();
    early.take({ type: 'line.started' });
    early.take({ type: 'key', digit: '0' });
    expect(early.of('tts.say')).toEqual([]);
    const late = new Conversation().opened();
    late.take({ type: 'stop.requested', reason: 'requested' });
    late.take({ type: 'key', digit: '*' });
    expect(lastText(late)).toBe('I have to go. Bye!');
  });
});

describe('that an AI is speaking', () => {
  it('is said again every three hours, as soon as nobody else speaks', () => {
    const call = new Conversation().opened();
    const talkOn = (turn: number) => {
      const req = call.asked(turn, `And then ${turn}.`);
      call.take({ type: 'llm.text', req, text: 'Go on.' });
      call.take({ type: 'llm.done', req });
      call.speakOut(call.lastSaid());
    };
    call.at = 3 * 3_600_000 - 2_000;
    talkOn(1);
    call.after(100);
    call.take({ type: 'stt.partial', turn: 2, text: 'Well' });
    call.after(3_000).take({ type: 'wake' });
    expect(lastText(call)).toBe('Go on.');
    talkOn(2);
    expect(lastText(call)).toBe('I am Brad, an AI.');
    call.speakOut(call.lastSaid());
    talkOn(3);
    expect(lastText(call)).toBe('Go on.');
    call.at += 3 * 3_600_000 - 6_000;
    talkOn(4);
    call.wake();
    expect(lastText(call)).toBe('I am Brad, an AI.');
  });
});
