import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordingWish } from './configuration.ts';
import { Conversation } from './conversation.testing.ts';
import { answerAboutRecording, refusesRecording } from './recording-words.ts';

const wish: RecordingWish = {
  calleeName: 'Alice',
  isAgreed: false,
  awaitsPin: false,
  question: 'May I record this call?',
  announcement: 'This call is recorded, as you agreed.',
  begun: 'Thank you, it is on.',
  declined: 'Then nothing is recorded.',
  ended: 'The recording is off.',
};
const wanted = (change: Partial<RecordingWish> = {}) =>
  new Conversation({ recording: { ...wish, ...change } }).opened();
const said = (call: Conversation, turn: number, text: string) =>
  call.after(500).take({ type: 'stt.end', turn, text, voicedAt: null });
const lastText = (call: Conversation) => call.of('tts.say').at(-1)?.text;
const changes = (call: Conversation) => call.of('recording').map(({ change }) => change);
/** The question was asked, and heard. */
const asked = () => {
  const call = wanted();
  said(call, 1, 'Yes, this is Alice.');
  call.speakOut(call.lastSaid());
  return call;
};

describe('an answer about recording', () => {
  it.each([
    'Yes.',
    'Yeah, sure.',
    'Okay',
    'Of course you may.',
    "That's fine.",
    'No problem.',
    'Um, yes, go ahead.',
    "Yes, I'm fine with that.",
  ])('"%s" is a yes', (text) => expect(answerAboutRecording(text)).toBe('yes'));
  it.each([
    'No.',
    'No, thanks.',
    "I'd rather not.",
    "Please don't.",
    'Yes but please stop recording.',
    'Do not record me.',
  ])('"%s" is a no', (text) => expect(answerAboutRecording(text)).toBe('no'));
  it.each([
    'Yes?',
    'Yes, this is Alice.',
    'What for?',
    'Okay, but who hears it?',
    'I am not sure.',
    'Tell me about the weather.',
    "No, that's fine.",
  ])('"%s" is neither', (text) => expect(answerAboutRecording(text)).toBe('unclear'));
  it.each([
    'Stop recording.',
    'Please stop the recording now',
    "I don't want to be recorded.",
    "Don't record this.",
  ])('"%s" ends it at any moment', (text) => expect(refusesRecording(text)).toBe(true));
  it.each([
    'I broke the world record.',
    'Record the match for me tonight.',
    'She stopped by to record a song.',
  ])('"%s" is about something else', (text) => expect(refusesRecording(text)).toBe(false));
});

describe('a call that may be recorded', () => {
  it('is not without a wish for it', () => {
    const call = new Conversation().opened();
    said(call, 1, 'Yes, this is Alice.');
    expect(call.of('llm.start')).toHaveLength(1);
    expect(changes(call)).toEqual([]);
  });

  it('asks nobody who is not known to be the callee', () => {
    const call = wanted();
    said(call, 1, "No, this is Bob. Alice isn't here.");
    expect(call.of('llm.start')).toHaveLength(1);
    expect(lastText(call)).not.toBe(wish.question);
  });

  it('asks once the callee has answered, drops the reply that was drafted, and begins with the yes', () => {
    const call = wanted();
    call.take({ type: 'stt.eagerEnd', turn: 1, text: 'Yes, this is Alice.' });
    expect(call.of('llm.start')).toHaveLength(1);
    said(call, 1, 'Yes, this is Alice.');
    expect(call.of('llm.cancel')).toHaveLength(1);
    expect(lastText(call)).toBe(wish.question);
    call.speakOut(call.lastSaid());
    expect(changes(call)).toEqual([]);
    said(call, 2, 'Yes, sure.');
    expect(changes(call)).toEqual(['start']);
    expect(lastText(call)).toBe(wish.begun);
    expect(call.of('llm.start')).toHaveLength(1);
    call.speakOut(call.lastSaid());
    const { history } = call.of('llm.start').at(-1) ?? { history: [] };
    expect(history.at(-1)).toMatchObject({ said: 'house', text: wish.begun });
  });

  it('takes a no, goes on, and does not ask again', () => {
    const call = asked();
    said(call, 2, 'No, I would rather not.');
    expect(changes(call)).toEqual(['decline']);
    expect(lastText(call)).toBe(wish.declined);
    call.speakOut(call.lastSaid());
    expect(call.of('llm.start')).toHaveLength(1);
    said(call, 3, 'So what is new?');
    expect(changes(call)).toEqual(['decline']);
  });

  it('lets the model answer what was neither, asks a second time, and never a third', () => {
    const call = asked();
    for (const turn of [2, 4]) {
      const req = call.asked(turn, 'What would that be good for?');
      call.take({ type: 'llm.text', req, text: 'For you to listen to.' });
      call.take({ type: 'llm.done', req });
      call.speakOut(call.lastSaid());
      if (turn === 2) {
        said(call, 3, 'I see how it is.');
        expect(lastText(call)).toBe(wish.question);
        call.speakOut(call.lastSaid());
      }
    }
    said(call, 5, 'Yes.');
    expect(call.of('tts.say').filter(({ text }) => text === wish.question)).toHaveLength(2);
    expect(changes(call)).toEqual([]);
  });

  it('takes no yes to something else: neither to "are you there?" nor to half a question', () => {
    const silent = asked();
    silent.wake(); // "Are you there?"
    expect(lastText(silent)).toBe('Are you there?');
    silent.speakOut(silent.lastSaid());
    said(silent, 2, 'Yes.');
    expect(changes(silent)).toEqual([]);
    expect(lastText(silent)).toBe(wish.question);

    const cut = wanted();
    said(cut, 1, 'Yes, this is Alice.');
    const utt = cut.lastSaid();
    cut.take({ type: 'play.started', utt }, { got: { utt, ms: 300 } });
    cut.take(
      { type: 'stt.end', turn: 2, text: 'Yes, sure, do what you want.', voicedAt: null },
      { ear: { utt, ms: 300 }, got: { utt, ms: 300 } },
    );
    expect(cut.of('line.clear')).toHaveLength(1);
    expect(changes(cut)).toEqual([]);
    expect(cut.of('tts.say').filter(({ text }) => text === wish.question)).toHaveLength(2);
  });

  it('announces what was agreed to before, begins when that was heard, and then lets the model answer', () => {
    const call = wanted({ isAgreed: true });
    said(call, 1, 'Yes, this is Alice.');
    expect(lastText(call)).toBe(wish.announcement);
    expect(changes(call)).toEqual([]);
    expect(call.of('llm.start')).toEqual([]);
    call.speakOut(call.lastSaid());
    expect(changes(call)).toEqual(['start']);
    expect(call.of('llm.start')).toHaveLength(1);
  });

  it('waits for the PIN of somebody whose number is a claim', () => {
    const call = wanted({ awaitsPin: true });
    said(call, 1, 'Yes, this is Alice.');
    expect(call.of('llm.start')).toHaveLength(1);
    call.take({ type: 'pin', isRight: true });
    call.speakOut(call.lastSaid());
    said(call, 2, 'Well, how are you?');
    expect(lastText(call)).toBe(wish.question);
  });

  it('stops when they say so, and begins no more', () => {
    const call = asked();
    said(call, 2, 'Yes.');
    call.speakOut(call.lastSaid());
    said(call, 3, 'Please stop recording.');
    expect(changes(call)).toEqual(['start', 'stop']);
    expect(lastText(call)).toBe(wish.ended);
    said(call, 4, 'Please stop recording.');
    said(call, 5, 'Yes, record it.');
    expect(changes(call)).toEqual(['start', 'stop']);
  });

  it('begins at most once, never without a yes that was the answer, and ends with every refusal', () => {
    const lines = [
      'Yes.',
      'No.',
      'Yes, this is Alice.',
      'Hello?',
      'Stop recording.',
      'Tell me more.',
      'This is Bob.',
    ];
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.tuple(fc.constantFrom(...lines), fc.boolean())),
        (isAgreed, turns) => {
          const call = wanted({ isAgreed });
          turns.forEach(([text, isHeardOut], i) => {
            const before = changes(call).length;
            const last = call.entries().findLast(({ kind }) => kind === 'persona');
            said(call, i + 1, text);
            const now = changes(call).slice(before);
            if (now.includes('start') && !isAgreed) {
              expect(text).toBe('Yes.');
              expect(last).toMatchObject({ text: wish.question, interrupted: false });
            }
            const pending = call.state.mouth.at(-1);
            if (isHeardOut && pending !== undefined) call.speakOut(pending.id);
          });
          const all = changes(call);
          expect(all.filter((change) => change === 'start').length).toBeLessThanOrEqual(1);
          expect(all.indexOf('stop')).toBe(all.includes('stop') ? all.length - 1 : -1);
          if (turns.some(([text]) => text === 'Stop recording.')) expect(all.at(-1)).not.toBe('start');
        },
      ),
    );
  });
});
