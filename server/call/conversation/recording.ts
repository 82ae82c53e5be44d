import type { ConversationConfig } from './configuration.ts';
import { type Step, set } from './context.ts';
import { isCalleeKnown } from './identity.ts';
import { enqueue, unheardMs } from './mouth.ts';
import { answerAboutRecording, refusesRecording } from './recording-words.ts';
import type { Recording, State } from './state.ts';
import type { UtteranceId } from './types.ts';
import { sameWords } from './words.ts';

/**
 * A recording begins with a yes: asked for in fixed words once the callee is known, or given before and announced again.
 * Only what was heard in whole counts as asked or announced, and only a plain answer to it as a yes.
 */

export function firstRecording({ recording }: ConversationConfig): Recording {
  if (recording === null) return { now: 'off' };
  return { now: 'waiting', tries: 0, awaitsPin: recording.awaitsPin };
}

/** A PIN has shown that it is the callee who called. */
export function onVerified(cx: Step): void {
  const { recording } = cx.s;
  if (recording.now === 'waiting') set(cx, { recording: { ...recording, awaitsPin: false } });
}

/** Whether a line of the caller says that nothing is to be recorded, where something is or might be. */
export function endsRecording({ recording }: State, text: string): boolean {
  return recording.now !== 'off' && refusesRecording(text);
}

/** They want nothing recorded: that is acted on before anything is said about it. */
export function endRecording(cx: Step): void {
  const isOn = cx.s.recording.now === 'on';
  set(cx, { recording: { now: 'off' } });
  cx.fx.push({ type: 'recording', change: isOn ? 'stop' : 'decline' });
}

export function sayRecordingEnded(cx: Step): void {
  const wish = cx.s.config.recording;
  if (wish !== null) enqueue(cx, 'house', wish.ended);
}

/**
 * A turn of the caller before the model answers it: it may be the answer about the recording, or the moment to ask.
 * @returns whether the house speaks now; the model answers when it has.
 */
export function speakOfRecording(cx: Step, text: string): boolean {
  const { recording } = cx.s;
  switch (recording.now) {
    case 'off':
    case 'on':
    case 'announcing':
      return false;
    case 'waiting':
      return !recording.awaitsPin && isKnown(cx) && begin(cx, recording.tries);
    case 'asking':
      if (!isHeard(cx, recording.utt)) return begin(cx, recording.tries);
      return takeAnswer(cx, text, recording.tries);
    default:
      return recording satisfies never;
  }
}

/** What was said about the recording has left the mouth: heard in whole, or to be said again. */
export function checkRecording(cx: Step): void {
  const { recording, mouth, call } = cx.s;
  if (recording.now !== 'asking' && recording.now !== 'announcing') return;
  if (mouth.some(({ id }) => id === recording.utt)) return;
  const { tries } = recording;
  if (!wasHeard(cx.s, recording.utt)) {
    set(cx, {
      recording:
        tries < cx.s.config.tunables.recordingTries
          ? { now: 'waiting', tries, awaitsPin: false }
          : { now: 'off' },
    });
  } else if (recording.now === 'announcing' && call.phase === 'talking') start(cx);
}

/** Asks, or announces what they have agreed to before. */
function begin(cx: Step, tries: number): boolean {
  const wish = cx.s.config.recording;
  if (wish === null || tries >= cx.s.config.tunables.recordingTries) {
    set(cx, { recording: { now: 'off' } });
    return false;
  }
  const utt = enqueue(cx, 'house', wish.isAgreed ? wish.announcement : wish.question);
  set(cx, {
    recording: { now: wish.isAgreed ? 'announcing' : 'asking', utt, tries: tries + 1 },
    owesAnswer: wish.isAgreed,
  });
  return true;
}

function takeAnswer(cx: Step, text: string, tries: number): boolean {
  const wish = cx.s.config.recording;
  const answer = answerAboutRecording(text);
  if (wish === null || answer === 'unclear') {
    set(cx, {
      recording:
        tries < cx.s.config.tunables.recordingTries
          ? { now: 'waiting', tries, awaitsPin: false }
          : { now: 'off' },
    });
    return false;
  }
  if (answer === 'yes') start(cx);
  else endRecording(cx);
  enqueue(cx, 'house', answer === 'yes' ? wish.begun : wish.declined);
  set(cx, { owesAnswer: true });
  return true;
}

function start(cx: Step): void {
  set(cx, { recording: { now: 'on' } });
  cx.fx.push({ type: 'recording', change: 'start' });
}

function isKnown({ s }: Step): boolean {
  return s.config.recording !== null && isCalleeKnown(s.history, s.config.recording.calleeName);
}

/** The question was the last thing that they heard, but for its last second. */
function isHeard(cx: Step, utt: UtteranceId): boolean {
  const [onAir] = cx.s.mouth;
  if (onAir?.id === utt && (cx.ear === null || cx.ear.utt === utt))
    return isWhole(cx.s, onAir.said) && unheardMs(cx) <= cx.s.config.tunables.nearlyDoneMs;
  if (onAir?.onAir === true) return false; // something else is being said by now
  const last = cx.s.history.findLast((entry) => entry.kind === 'persona');
  return last?.utt === utt && !last.interrupted && isWhole(cx.s, last.text);
}

function wasHeard(state: State, utt: UtteranceId): boolean {
  return state.history.some(
    (entry) =>
      entry.kind === 'persona' && entry.utt === utt && !entry.interrupted && isWhole(state, entry.text),
  );
}

/** Where text-to-speech failed in the middle, the rest is another utterance: then it is all said again. */
function isWhole({ config: { recording: wish } }: State, said: string): boolean {
  return wish !== null && sameWords(said, wish.isAgreed ? wish.announcement : wish.question);
}
