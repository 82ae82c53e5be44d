import type { ConversationConfig } from '../../server/call/conversation/configuration.ts';
import { answerAboutRecording, refusesRecording } from '../../server/call/conversation/recording-words.ts';
import type { State } from '../../server/call/conversation/state.ts';
import type { Effect, Entry, Event } from '../../server/call/conversation/types.ts';
import { Violation } from './violation.ts';

type Persona = Extract<Entry, { kind: 'persona' }>;
type Caller = Extract<Entry, { kind: 'caller' }>;

/** Rules 27 and 28: a recording begins once, with a yes to a question that was heard, and ends when they say so. */
export class RecordingWatch {
  readonly #config: ConversationConfig;
  #begun = false;
  #over = false;

  constructor(config: ConversationConfig) {
    this.#config = config;
  }

  check(state: State, event: Event, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'recording' && effect.change === 'start') this.#checkStart(state);
      if (effect.type === 'recording') this.#over ||= effect.change !== 'start';
      if (effect.type === 'record' && effect.entry.kind === 'caller') this.#checkRefusal(state, effect.entry);
    }
    if (
      event.type === 'machine.answered' &&
      state.recording.now === 'asking' &&
      state.call.phase === 'talking'
    )
      throw new Violation('27', 'a machine is asked whether it may be recorded');
  }

  #checkStart(state: State): void {
    const wish = this.#config.recording;
    if (wish === null) throw new Violation('27', 'a call is recorded that nobody wanted recorded');
    if (this.#begun || this.#over) throw new Violation('27', 'a recording begins a second time');
    this.#begun = true;
    const { history, mouth } = state;
    const last = history.findLastIndex(({ kind }) => kind === 'persona');
    const said = history[last] as Persona | undefined;
    if (wish.isAgreed) {
      if (said?.text !== wish.announcement || said.interrupted)
        throw new Violation('27', 'a recording begins that was not announced in whole');
      return;
    }
    const onAir = mouth[0]?.said === wish.question;
    if (!onAir && (said?.text !== wish.question || said.interrupted))
      throw new Violation('27', 'a recording begins and the question was not the last thing that they heard');
    const answer = history.findLast((entry): entry is Caller => entry.kind === 'caller');
    if (answer === undefined || answerAboutRecording(answer.text) !== 'yes')
      throw new Violation('27', `a recording begins with "${answer?.text}"`);
  }

  #checkRefusal(state: State, { text, aside }: Caller): void {
    if (!aside && refusesRecording(text) && state.recording.now !== 'off')
      throw new Violation('28', `"${text}" does not end the recording`);
  }
}
