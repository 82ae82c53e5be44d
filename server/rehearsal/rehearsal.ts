import { CallFeed } from '../call/feed.ts';
import { LiveCall } from '../call/live-call.ts';
import type { LanguageModel, PhoneLine, SpeechToText, TextToSpeech, VoiceActivity } from '../call/ports.ts';
import type { Clock } from '../clock.ts';
import { DEFAULT_TERMS } from '../cost/default-cards.ts';
import { CallCostTracker } from '../cost/tracker.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { brief } from '../persona/briefing.ts';
import { personaFiles } from '../persona/persona.ts';
import { Clips } from '../tts/prepared.ts';
import { openModelStub } from './model-stub.ts';

/** The first turn of a cold process takes 17 to 25 ms of its own, after 20 turns 16 to 19, and more turns gain nothing (docs/performance.md). */
const TURNS = 20;
const FRAMES_PER_TURN = 25;
/** A slow machine starts without having rehearsed to the end. */
const DEADLINE_MS = 5_000;
const ANSWERS = ['well', 'then', 'maybe', 'tomorrow'];
const WORD_MS = 1;
/** 3 ms: the ear keeps up, however fast the turns come. */
const CHUNK_BYTES = 24;
const CHUNK = Buffer.alloc(CHUNK_BYTES, 0xff).toString('base64');
const SILENCE = Buffer.alloc(160, 0xff);

export interface RehearsalParts {
  /** The language models, speaking to this address instead of their own; closed afterwards. */
  openModel(origin: string): { model: LanguageModel; close(): Promise<void> };
  vad: VoiceActivity;
  clock: Clock;
  log: Logger;
}

/**
 * One call to nobody before the server says that it is ready, so that the first callee does not wait for cold code:
 * the real core, session, playback, costs and SDKs of the language models, against stubs that answer at once.
 * A rehearsal that fails is logged; it makes nothing worse than slow.
 */
export async function rehearse(parts: RehearsalParts): Promise<void> {
  const { clock, log } = parts;
  try {
    const beganAt = clock.nowMs();
    const turns = await rehearseCall(parts);
    log.info({ turns, tookMs: Math.round(clock.nowMs() - beganAt) }, 'rehearsed a call');
  } catch (error) {
    log.warn({ problem: describeError(error) }, 'the rehearsal failed; the first turns will be slower');
  }
}

async function rehearseCall({ openModel, vad, clock, log }: RehearsalParts): Promise<number> {
  const [persona] = await personaFiles();
  if (persona === undefined) throw new Error('prompts/personas holds no persona to rehearse with');
  const briefing = await brief(
    persona,
    {
      displayName: 'nobody',
      ageBand: null,
      timeZone: 'UTC',
      core: persona.description,
      remembered: persona.description,
      firstMessage: null,
      talkedBefore: false,
      takesMessages: false,
      recording: null,
      canProve: null,
      unknown: [],
    },
    'outbound',
    clock.wallMs(),
  );
  const stub = await openModelStub();
  const { model, close } = openModel(stub.origin);
  const callee = new Callee();
  const feed = new CallFeed();
  const call = new LiveCall({
    recorder: null,
    callBacks: null,
    isVerified: true,
    checkPin: null,
    onWarning: () => undefined,
    meter: { turn: () => undefined, ended: () => undefined },
    memory: null,
    callId: 'rehearsal',
    carrierSid: 'rehearsal',
    direction: 'outbound',
    briefing,
    line: callee.line,
    voices: { stt: callee.hearing, llm: model, tts: callee.voice, vad, clips: new Clips() },
    hangUp: async () => undefined,
    onOptOut: () => undefined,
    feed,
    save: async () => undefined,
    costs: new CallCostTracker({ callId: 'rehearsal', terms: DEFAULT_TERMS, clock }),
    clock,
    log,
  });
  const cancelDeadline = clock.after(DEADLINE_MS, () => call.session.onStopped());
  try {
    let turns = 0;
    const answer = () => {
      if (turns >= TURNS) return call.session.onStopped();
      turns += 1;
      for (let frame = 0; frame < FRAMES_PER_TURN; frame++) call.session.onFrame(SILENCE);
      callee.says(ANSWERS.map((word) => word + turns).join(' ')); // never twice the same: that would look like a recording
    };
    callee.onDrained = (mark) => call.session.onMark(mark);
    feed.watch('', {
      onEvent: ({ event }) => {
        if (event.type === 'turn' && event.turn.speaker === 'persona') clock.after(0, answer);
      },
      onEnd: () => undefined,
    });
    call.session.start();
    callee.says('hello');
    await call.settle(Promise.resolve(0));
    return turns;
  } finally {
    cancelDeadline();
    await close();
    stub.close();
  }
}

/** Speech-to-text, text-to-speech and the line of the rehearsal: everything comes at once. */
class Callee {
  onDrained: (mark: string) => void = () => undefined;
  #turn = -1;
  #wordsSaid = 0;
  #hear: Parameters<SpeechToText['open']>[1] | null = null;

  says(text: string): void {
    this.#turn += 1;
    this.#hear?.onPartial(this.#turn, text);
    this.#hear?.onEagerEnd(this.#turn, text);
    this.#hear?.onEndOfTurn(this.#turn, text);
  }

  readonly line: PhoneLine = {
    sendMedia: () => undefined,
    sendMark: (mark) => setImmediate(() => this.onDrained(mark)),
    clear: () => undefined,
    close: () => undefined,
  };

  readonly hearing: SpeechToText = {
    open: (_call, handlers) => {
      this.#hear = handlers;
      return { send: () => undefined, close: () => undefined };
    },
  };

  readonly voice: TextToSpeech = {
    open: (_call, handlers) => ({
      say: (utt, text, last) => {
        setImmediate(() => {
          if (text !== '') {
            handlers.onAudio(utt, CHUNK, CHUNK_BYTES);
            handlers.onWords(
              utt,
              text.split(' ').map((word) => ({
                text: word,
                startMs: this.#wordsSaid * WORD_MS,
                endMs: ++this.#wordsSaid * WORD_MS,
              })),
            );
          }
          if (last) handlers.onDone(utt);
        });
      },
      cancel: () => undefined,
      close: () => undefined,
    }),
  };
}
