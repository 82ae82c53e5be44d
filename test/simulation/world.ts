import type { ConversationConfig } from '../../server/call/conversation/configuration.ts';
import { initialState, step } from '../../server/call/conversation/step.ts';
import { tunablesFor } from '../../server/call/conversation/tunables.ts';
import type { Effect, EndReason, Event } from '../../server/call/conversation/types.ts';
import { EffectsDigest } from '../../server/call/event-log.ts';
import { CallSession } from '../../server/call/session.ts';
import { costSoFarTool } from '../../server/call/tools/cost-so-far.ts';
import { endCallTool } from '../../server/call/tools/end-call.ts';
import { toolBox } from '../../server/call/tools/toolbox.ts';
import type { CancelTimer, Clock } from '../../server/clock.ts';
import { DEFAULT_TERMS } from '../../server/cost/default-cards.ts';
import { CallCostTracker } from '../../server/cost/tracker.ts';
import type { Usage } from '../../server/cost/usage.ts';
import { hedgedLanguageModel } from '../../server/llm/hedged.ts';
import { createLogger } from '../../server/log.ts';
import { resilientSpeechToText } from '../../server/stt/hearing.ts';
import { VirtualClock } from '../virtual-clock.ts';
import type { Coverage } from './coverage.ts';
import { Draws } from './draws.ts';
import { FakeCaller, type Sound } from './fake-caller.ts';
import { withPreparedLines } from './fake-clips.ts';
import { FakeHearing } from './fake-hearing.ts';
import { FakeLine } from './fake-line.ts';
import { FakeModel } from './fake-models.ts';
import { FakeVoice } from './fake-voice.ts';
import { faultAt, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { CoreWatch } from './watch.ts';
import { type Cut, WorldWatch } from './world-watch.ts';

/** A whole call in virtual time: the real session, core, playback, hedge and hearing; only vendors, line and clock are fakes. */

const LONGEST_CALL_MS = 240_000;
/** Minutes and hours in life; here so short that they happen in a call. */
const SHORTENED = { discloseEveryMs: 45_000, quietMs: 20_000, screeningPatienceMs: 15_000 };
const SETTLE_MS = 6_000;
const HANG_UP_MS = 120;

export interface Outcome {
  violation: { rule: string; message: string } | null;
  reason: EndReason | null;
  profile: Scenario['profile'];
  events: number;
  lengthMs: number;
  cuts: Cut[];
  sounds: Sound[];
  log: Event[];
}

const TEXTS = {
  opening: 'Hi, this is Brad. I am an AI calling for Ringback. Is this Alice?',
  reprompts: ['Are you still there?', 'I cannot hear you.'],
  fillers: ['Hang on, let me look.', 'One moment please.'],
  apology: 'Sorry, I lost my train of thought.',
  budgetNotice: 'We have about a minute left.',
  voicemail: 'Hello, this is Brad, an AI. Goodbye.',
  screening: 'This is Brad, an AI, for Alice.',
  disclosure: 'I am Brad, an AI.',
  quiet: 'I am quiet until you speak.',
  pinRight: 'That was right.',
  pinWrong: 'That was wrong.',
  safety: 'Please call 988 now, or your local emergency number.',
};

const RECORDING = {
  calleeName: 'Alice',
  awaitsPin: false,
  question: 'May I record this call?',
  announcement: 'This call is recorded, as you agreed.',
  begun: 'It is recorded from now on.',
  declined: 'Nothing is recorded.',
  ended: 'The recording has ended.',
};

const GOODBYE = 'I have to go now, take care and talk soon, bye!';
const PREPARED = [
  TEXTS.opening,
  TEXTS.disclosure,
  TEXTS.quiet,
  ...TEXTS.reprompts,
  ...TEXTS.fillers,
  TEXTS.apology,
  TEXTS.safety,
  GOODBYE,
];

function configOf(scenario: Scenario): ConversationConfig {
  const bye = GOODBYE;
  return {
    ...TEXTS,
    direction: scenario.direction,
    goodbyes: {
      'caller-hung-up': '',
      'asked-to-stop': 'I will not call again. Bye!',
      machine: '',
      'persona-said-goodbye': bye,
      silence: bye,
      loop: bye,
      'model-failed': bye,
      'hearing-failed': bye,
      'voice-failed': bye,
      'budget-exhausted': bye,
      'approval-revoked': bye,
      requested: bye,
      draining: bye,
      'line-protocol-error': '',
      'time-limit': bye,
    },
    recording: scenario.records === null ? null : { ...RECORDING, isAgreed: scenario.records === 'agreed' },
    tunables: { ...tunablesFor(scenario.profile), ...SHORTENED },
  };
}

/** Counts the timers that the product has set and not yet heard of. */
class ProductClock implements Clock {
  readonly #clock: VirtualClock;
  pending = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  after(delayMs: number, task: () => void): CancelTimer {
    this.pending += 1;
    let open = true;
    const done = () => {
      if (open) this.pending -= 1;
      open = false;
    };
    const cancel = this.#clock.after(delayMs, () => {
      done();
      task();
    });
    return () => {
      done();
      cancel();
    };
  }
}

const log = createLogger('silent');

/** Runs one call to its end and says what was wrong with it, if anything. */
export async function runCall(
  scenario: Scenario,
  options: { deep?: boolean; coverage?: Coverage | null; keepLog?: boolean } = {},
): Promise<Outcome> {
  const world = new World(scenario, options);
  await world.run();
  return world.outcome();
}

class World {
  readonly #scenario: Scenario;
  readonly #options: { deep?: boolean; coverage?: Coverage | null; keepLog?: boolean };
  readonly #clock = new VirtualClock();
  readonly #productClock = new ProductClock(this.#clock);
  readonly #config: ConversationConfig;
  readonly #draws: Draws;
  readonly #voice: FakeVoice;
  readonly #hearing: FakeHearing;
  readonly #models: FakeModel[];
  readonly #line: FakeLine;
  readonly #caller: FakeCaller;
  readonly #core: CoreWatch;
  readonly #watch: WorldWatch;
  readonly #costs: CallCostTracker;
  readonly #session: CallSession;
  readonly #log: Event[] = [];
  readonly #digest = new EffectsDigest();
  /** The last report of every act: what is to be billed. */
  readonly #units = new Map<string, Usage>();
  #violation: Violation | null = null;
  #events = 0;
  #endedAt: number | null = null;
  #reason: EndReason | null = null;
  #toolUses = 0;

  constructor(
    scenario: Scenario,
    options: { deep?: boolean; coverage?: Coverage | null; keepLog?: boolean },
  ) {
    this.#scenario = scenario;
    this.#options = options;
    this.#config = configOf(scenario);
    this.#draws = new Draws(scenario.seed ^ 0x5bd1e995);
    const draws = this.#draws;
    const clock = this.#clock;
    this.#voice = new FakeVoice(clock, draws, scenario);
    this.#hearing = new FakeHearing(clock, draws, scenario);
    const shared = { requests: 0 };
    this.#models = [
      new FakeModel(clock, draws, scenario, 'first-model', shared),
      new FakeModel(clock, draws, scenario, 'second-model', shared),
    ];
    this.#line = new FakeLine(clock, draws, scenario, {
      onMedia: (index) => this.#guard(() => this.#watch.onMedia(index)),
      onClearSent: () => {
        this.#watch.onClearSent();
        this.#caller.onClear();
      },
      onClearLanded: () => this.#guard(() => this.#watch.onClearLanded()),
      onRepeat: (ms) => this.#guard(() => this.#watch.onRepeat(ms)),
    });
    this.#caller = new FakeCaller(clock, draws, scenario, this.#line, this.#hearing, () =>
      this.#watch.wordsOnAir(),
    );
    this.#caller.onTick = () =>
      this.#guard(() => this.#watch.checkSilence(this.#caller.isSounding, this.#endedAt !== null));
    this.#core = new CoreWatch(this.#config, options.deep === true, options.coverage ?? null);
    this.#watch = new WorldWatch({ clock, scenario, voice: this.#voice, line: this.#line, core: this.#core });
    this.#hearing.onEnd = (text) => this.#watch.onTurnEnded(text);
    this.#costs = new CallCostTracker({
      callId: 'simulated',
      terms: DEFAULT_TERMS,
      clock: this.#productClock,
    });
    this.#session = this.#openSession();
  }

  #openSession(): CallSession {
    const [first, second] = this.#models;
    if (first === undefined || second === undefined) throw new Error('there are two models');
    const tools = toolBox([endCallTool, costSoFarTool(() => 70)]);
    const session = new CallSession({
      callId: 'simulated',
      config: this.#config,
      contextFor: () => ({ system: 'simulated', tools: tools.definitions }),
      onOptOut: () => undefined,
      onRecording: () => undefined,
      voice: 'simulated',
      keyterms: [],
      line: this.#line,
      stt: resilientSpeechToText({ vendors: [this.#hearing, this.#hearing], clock: this.#productClock, log }),
      llm: hedgedLanguageModel({ first, second, clock: this.#productClock, log }),
      tts: withPreparedLines(this.#voice, PREPARED),
      vad: this.#caller,
      tools: {
        definitions: tools.definitions,
        run: async (tool, signal) => {
          const result = await tools.run(tool, signal);
          return this.#toolTime().then(() => result);
        },
      },
      usage: (usage) => {
        this.#units.set(`${usage.vendor}/${usage.sku}/${usage.reference}`, usage);
        this.#costs.record(usage);
      },
      hangUp: () => this.#hangUp(),
      clock: this.#productClock,
      log,
      observe: (event, effects) => this.#guard(() => this.#observe(event, effects)),
    });
    this.#line.handlers = session;
    return session;
  }

  async run(): Promise<void> {
    void this.#session.ended.then((reason) => {
      this.#reason = reason;
    });
    this.#plan();
    this.#session.start();
    this.#caller.start();
    while (this.#violation === null && this.#clock.runNext(LONGEST_CALL_MS)) {
      await null; // what a tool or a hang-up resolved is taken up before anything else happens
      if (this.#endedAt !== null && this.#clock.nowMs() > this.#endedAt + SETTLE_MS) break;
    }
    if (this.#violation === null) this.#guard(() => this.#checkEnd());
  }

  outcome(): Outcome {
    return {
      violation:
        this.#violation === null ? null : { rule: this.#violation.rule, message: this.#violation.message },
      reason: this.#reason,
      profile: this.#scenario.profile,
      events: this.#events,
      lengthMs: this.#endedAt ?? this.#clock.nowMs(),
      cuts: this.#watch.cuts,
      sounds: this.#caller.sounds,
      log: this.#log,
    };
  }

  #plan(): void {
    const { freezes, budget, hangUpAt, stop, keys, machineAt } = this.#scenario;
    for (const { at, ms } of freezes) this.#clock.after(at, () => this.#clock.skip(ms));
    for (const { at, level } of budget) this.#clock.after(at, () => this.#session.onBudget(level));
    for (const { at, digit } of keys) this.#clock.after(at, () => this.#session.onKey(digit));
    if (machineAt !== null) this.#clock.after(machineAt, () => this.#session.onMachine());
    if (stop !== null) this.#clock.after(stop.at, () => this.#session.stop(stop.reason));
    if (hangUpAt !== null)
      this.#clock.after(hangUpAt, () => {
        this.#watch.callerHungUp = true;
        this.#caller.stop();
        this.#line.stop();
      });
  }

  #observe(event: Event, effects: readonly Effect[]): void {
    this.#events += 1;
    if (this.#options.keepLog === true || this.#options.deep === true) this.#log.push(event);
    if (this.#options.deep === true) this.#digest.add(effects);
    const expected = this.#core.take(event);
    if (expected.length !== effects.length)
      throw new Violation(
        '15',
        `the same ${event.type} gave ${effects.length} effects, then ${expected.length}`,
      );
    this.#watch.take(event, effects);
    if (effects.some((effect) => effect.type === 'end')) this.#endedAt = this.#clock.nowMs();
  }

  /** A violation inside the product's callbacks must not look like a failure of the product. */
  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#violation ??= error;
    }
  }

  #toolTime(): Promise<void> {
    const use = this.#toolUses++;
    const fault = faultAt(this.#scenario, 'tool', use);
    if (fault === 'never') return new Promise(() => undefined);
    return new Promise((resolve) => {
      this.#clock.after(fault === 'slow' ? 2_500 : this.#draws.int('tool', use, 20, 1_200), resolve);
    });
  }

  #hangUp(): Promise<void> {
    this.#watch.onHangUp();
    return new Promise((resolve) => {
      this.#clock.after(HANG_UP_MS, () => {
        resolve();
        this.#caller.stop();
        this.#line.stop();
      });
    });
  }

  #checkEnd(): void {
    if (this.#endedAt === null) throw new Violation('15', 'the call never ended');
    if (this.#reason === null) throw new Violation('15', 'the session never said that it ended');
    const open = {
      timers: this.#productClock.pending,
      hearing: this.#hearing.open,
      voice: this.#voice.open_,
      models: this.#models.reduce((sum, model) => sum + model.open, 0),
    };
    if (Object.values(open).some((count) => count !== 0))
      throw new Violation('16', `left open after the end: ${JSON.stringify(open)}`);
    if (!this.#line.closed) throw new Violation('16', 'the line was not closed');
    this.#watch.checkGoodbye(this.#reason);
    this.#watch.checkHeard();
    this.#checkMoney();
    if (this.#options.deep === true) this.#checkReplay();
  }

  /** The sum of all events is the bill, to the micro-cent; no act counts twice. */
  #checkMoney(): void {
    const bill = this.#costs.bill();
    const lines = bill.services.reduce((sum, line) => sum + line.cents, 0);
    if (lines !== bill.subtotalCents)
      throw new Violation('17', `the lines add up to ${lines}, not ${bill.subtotalCents}`);
    for (const { sku, units } of bill.services) {
      const used = [...this.#units.values()].filter((usage) => usage.sku === sku);
      const sum = used.reduce((total, usage) => total + Math.ceil(usage.units), 0);
      if (BigInt(units) !== BigInt(sum))
        throw new Violation('17', `${sum} of ${sku} were used, ${units} are billed`);
    }
    const vendor = this.#costs.unsaved().reduce((sum, event) => sum + event.vendorMicroCents, 0n);
    if (vendor !== bill.vendorMicroCents)
      throw new Violation('17', `the events add up to ${vendor}, the bill says ${bill.vendorMicroCents}`);
  }

  /** The log alone gives the same effects again. */
  #checkReplay(): void {
    const digest = new EffectsDigest();
    let state = initialState(this.#config);
    for (const event of this.#log) {
      const stepped = step(state, event);
      state = stepped.state;
      digest.add(stepped.effects);
    }
    if (digest.value() !== this.#digest.value()) throw new Violation('15', 'the log does not replay');
  }
}
