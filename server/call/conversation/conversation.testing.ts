import type { ConversationConfig } from './configuration.ts';
import { nextDeadline } from './deadlines.ts';
import type { State } from './state.ts';
import { initialState, step } from './step.ts';
import { defaultTunables } from './tunables.ts';
import type { Effect, Entry, Fact, Position, Word } from './types.ts';

/** A conversation under test: feed it facts at times, read its effects. */

export const testConfig: ConversationConfig = {
  direction: 'outbound',
  opening: 'Hi, this is Brad, an AI. Is this Alice?',
  reprompts: ['Are you there?', 'Hello?'],
  fillers: ['One moment.', 'Still looking.'],
  apology: 'Sorry, say that again?',
  budgetNotice: 'We have about a minute left.',
  voicemail: 'Hello, this is Brad, an AI. Goodbye.',
  screening: 'This is Brad, an AI, for Alice.',
  disclosure: 'I am Brad, an AI.',
  quiet: 'I am quiet until you speak.',
  pinRight: 'That was right.',
  pinWrong: 'That was wrong.',
  safety: 'Please call 988 now.',
  goodbyes: {
    'caller-hung-up': '',
    'asked-to-stop': 'I will not call again. Bye!',
    machine: '',
    'persona-said-goodbye': 'Bye!',
    silence: 'I will let you go. Bye!',
    'model-failed': 'I cannot think. Bye!',
    'hearing-failed': 'I cannot hear you. Bye!',
    'voice-failed': 'My voice is gone. Bye!',
    loop: 'We go in circles. Bye!',
    'budget-exhausted': 'That was all we had. Bye!',
    'approval-revoked': 'I was called off. Bye!',
    requested: 'I have to go. Bye!',
    draining: 'Another time. Bye!',
    'line-protocol-error': '',
    'time-limit': 'Time is up. Bye!',
  },
  recording: null,
  tunables: defaultTunables,
};

export class Conversation {
  state: State;
  readonly effects: Effect[] = [];
  at = 0;

  constructor(config: Partial<ConversationConfig> = {}) {
    this.state = initialState({ ...testConfig, ...config });
  }

  /** Feeds one fact and returns its effects. */
  take(fact: Fact, stamps: { ear?: Position | null; got?: Position | null } = {}): readonly Effect[] {
    const { state, effects } = step(this.state, {
      ...fact,
      at: this.at,
      ear: stamps.ear ?? null,
      got: stamps.got ?? null,
    });
    this.state = state;
    this.effects.push(...effects);
    return effects;
  }

  after(ms: number): this {
    this.at += ms;
    return this;
  }

  /** Lets time pass to the next deadline and wakes the core. */
  wake(stamps: { ear?: Position | null; got?: Position | null } = {}): readonly Effect[] {
    this.at = Math.max(this.at, nextDeadline(this.state));
    return this.take({ type: 'wake' }, stamps);
  }

  entries(): Entry[] {
    return this.effects.flatMap((effect) => (effect.type === 'record' ? [effect.entry] : []));
  }

  of<T extends Effect['type']>(type: T): Array<Extract<Effect, { type: T }>> {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  }

  /** Synthesises, plays and drains the utterance in full. */
  speakOut(utt: number): readonly Effect[] {
    const text = this.of('tts.say')
      .filter((say) => say.utt === utt)
      .map((say) => say.text)
      .join('');
    const words = evenWords(text);
    const totalMs = words.at(-1)?.endMs ?? 1;
    this.take({ type: 'tts.words', utt, words });
    this.take({ type: 'play.started', utt }, { got: { utt, ms: totalMs } });
    this.take({ type: 'tts.done', utt, totalMs }, { got: { utt, ms: totalMs } });
    this.after(totalMs);
    return this.take({ type: 'play.drained', utt });
  }

  /** The usual beginning: the line opens, the callee says hello, the persona has introduced itself. */
  opened(): this {
    this.take({ type: 'line.started' });
    this.after(500).take({ type: 'stt.end', turn: 0, text: 'Hello?', voicedAt: null });
    this.speakOut(this.lastSaid());
    return this;
  }

  /** The model begins to answer what the caller says. Returns the request's id. */
  asked(turn: number, text: string): number {
    this.take({ type: 'stt.end', turn, text, voicedAt: null });
    const req = this.of('llm.start').at(-1)?.req;
    if (req === undefined) throw new Error('the core did not ask the model');
    return req;
  }

  lastSaid(): number {
    const utt = this.of('tts.say').at(-1)?.utt;
    if (utt === undefined) throw new Error('nothing was said');
    return utt;
  }
}

/** 300 ms a word. */
export function evenWords(text: string): Word[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word, i) => ({ text: word, startMs: i * 300, endMs: (i + 1) * 300 }));
}
