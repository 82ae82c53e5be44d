import type { CancelTimer, Clock } from '../clock.ts';
import type { Bill } from '../cost/bill.ts';
import type { BudgetState } from '../cost/budget.ts';
import type { CallCostTracker } from '../cost/tracker.ts';
import type { Usage } from '../cost/usage.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Briefing } from '../persona/briefing.ts';
import type { Clips } from '../tts/prepared.ts';
import { type CallRecorder, CallRecording } from './call-recording.ts';
import { saysWrongNumber } from './conversation/opt-out.ts';
import type { Effect, EndReason, Entry, Event } from './conversation/types.ts';
import { EventLog } from './event-log.ts';
import type { CallFeed } from './feed.ts';
import { CallJournal, type SaveBatch } from './journal.ts';
import { ModelContexts } from './model-context.ts';
import { PinEntry } from './pin-entry.ts';
import type {
  CallBacks,
  CallMemory,
  CallMeter,
  HangUp,
  LanguageModel,
  PhoneLine,
  SpeechToText,
  TextToSpeech,
  VoiceActivity,
} from './ports.ts';
import { CallSession } from './session.ts';
import { costSoFarTool } from './tools/cost-so-far.ts';
import { endCallTool } from './tools/end-call.ts';
import { memoryTools } from './tools/memory-tools.ts';
import { scheduleCallBackTool } from './tools/schedule-call-back.ts';
import type { Tool } from './tools/toolbox.ts';
import { TurnTimingsFold } from './turn-timings.ts';

/** The vendors, as the composition root wired them. */
export interface Voices {
  stt: SpeechToText;
  llm: LanguageModel;
  tts: TextToSpeech;
  vad: VoiceActivity;
  /** Lines spoken beforehand; `tts` looks here first. */
  clips: Clips;
}

export interface LiveCallParts {
  callId: string;
  carrierSid: string;
  direction: 'outbound' | 'inbound';
  briefing: Briefing;
  line: PhoneLine;
  voices: Voices;
  hangUp: HangUp;
  /** They want no more calls, by word or by key, or it is somebody else's number. Never waited for. */
  onOptOut(how: 'voice' | 'key' | 'wrong-number'): void;
  feed: CallFeed;
  save: SaveBatch;
  /** Initialised; holds what was used for the call before it was answered. */
  costs: CallCostTracker;
  /** Null where there is nobody to remember. */
  memory: CallMemory | null;
  /** Null where nothing is recorded. */
  recorder: CallRecorder | null;
  /** Null where nobody can be called back. */
  callBacks: CallBacks | null;
  /** Whether it is certain that the number is that of who is on the line; a PIN can show it later. */
  isVerified: boolean;
  /** Checks a PIN that was entered; null where we called, and keys mean other things. */
  checkPin: ((pin: string) => Promise<boolean>) | null;
  meter: CallMeter;
  /** The warning was reached. Never waited for. */
  onWarning(state: BudgetState): void;
  clock: Clock;
  log: Logger;
}

const MINUTE_MS = 60_000;
/** Wrong PINs in one call; after that none is looked at. */
const MOST_PINS = 3;

/** A call from the first frame to the frozen bill: the session, and beside it its record, its costs and its watchers. */
export class LiveCall {
  readonly callId: string;
  readonly carrierSid: string;
  readonly session: CallSession;
  readonly #parts: LiveCallParts;
  readonly #costs: CallCostTracker;
  readonly #journal: CallJournal;
  readonly #events: EventLog;
  readonly #timings = new TurnTimingsFold();
  readonly #contexts: ModelContexts;
  readonly #pinEntry = new PinEntry();
  readonly #recording: CallRecording | null;
  #isVerified: boolean;
  #pinsTried = 0;
  readonly #startedAt: number;
  #optOutBy: 'voice' | 'key' = 'voice';
  #minuteTimer: CancelTimer = () => undefined;
  #budgetTimer: CancelTimer = () => undefined;
  #budgetLevel: BudgetState['level'] = 'fine';

  constructor(parts: LiveCallParts) {
    this.callId = parts.callId;
    this.carrierSid = parts.carrierSid;
    this.#parts = parts;
    this.#startedAt = parts.clock.nowMs();
    this.#isVerified = parts.isVerified;
    this.#costs = parts.costs;
    this.#recording =
      parts.recorder === null ? null : new CallRecording(parts.recorder, parts.costs, parts.clock);
    // Asked of the carrier for every call that we make (twilio-client.ts); it bills each answer it looked at.
    if (parts.direction === 'outbound') this.#costs.trackMachineDetection(parts.carrierSid);
    this.#events = new EventLog(parts.briefing.config);
    this.#journal = new CallJournal({ ...parts, events: this.#events });
    const callBack = parts.callBacks === null ? [] : [scheduleCallBackTool(parts.callBacks)];
    this.#contexts = new ModelContexts({
      briefing: parts.briefing,
      // A caller whose number is a claim is known again when that number is called.
      always: [
        endCallTool,
        costSoFarTool(() => this.bill().totalCostCents),
        ...(parts.direction === 'inbound' ? callBack : []),
      ] as Tool[],
      isVerified: () => this.#isVerified,
      ofCallee: [
        ...memoryTools(parts.memory, () => this.#costs.trackMemoryOperation()),
        ...(parts.direction === 'inbound' ? [] : callBack),
      ] as Tool[],
    });
    this.session = new CallSession({
      ...parts,
      ...parts.voices,
      config: parts.briefing.config,
      contextFor: this.#contexts.contextFor,
      voice: parts.briefing.voice,
      keyterms: parts.briefing.keyterms,
      tools: this.#contexts.tools,
      onOptOut: () => parts.onOptOut(this.#optOutBy),
      onRecording: (change) => this.#recording?.take(change),
      usage: (usage) => this.use(usage),
      observe: (event, effects) => this.#observe(event, effects),
    });
    this.#trackDuration();
    this.#watchBudget();
  }

  /** Something was used for the call. */
  use(usage: Usage): void {
    this.#costs.record(usage);
    this.#watchBudget();
  }

  /** They want no more calls: said by key, it ends the call as if they had said it. */
  optOut(how: 'voice' | 'key'): void {
    this.#optOutBy = how;
    this.session.stop('asked-to-stop');
  }

  /** 9 stands for "no more calls", also where nobody understands a word; 0 asks who is calling, star for silence. */
  onDigit(digit: string): void {
    const { checkPin } = this.#parts;
    const entered = checkPin === null ? false : this.#pinEntry.push(digit);
    if (typeof entered === 'string' && checkPin !== null) return void this.#tryPin(entered, checkPin);
    if (entered !== false) return;
    if (digit === '9') this.optOut('key');
    else if (digit === '0' || digit === '*') this.session.onKey(digit);
  }

  async #tryPin(pin: string, check: (pin: string) => Promise<boolean>): Promise<void> {
    if (this.#isVerified || this.#pinsTried >= MOST_PINS) return;
    this.#pinsTried += 1;
    try {
      this.#isVerified = await check(pin);
      this.session.onPin(this.#isVerified);
    } catch (error) {
      this.#parts.log.error(
        { callId: this.callId, problem: describeError(error) },
        'a PIN could not be checked',
      );
    }
  }

  /** The carrier heard a machine. It is not believed where somebody has answered to their name. */
  onMachine(): void {
    if (!this.#contexts.isCalleeKnown) this.session.onMachine();
  }

  bill(): Bill {
    return this.#costs.bill();
  }

  /**
   * Waits for the end and freezes the bill.
   * @param billedSeconds what the carrier says it bills, as soon as it has said so; null if it never does.
   */
  async settle(billedSeconds: Promise<number | null>): Promise<{ reason: EndReason; bill: Bill }> {
    const reason = await this.session.ended;
    this.#minuteTimer();
    this.#budgetTimer();
    const measuredMs = this.#parts.clock.nowMs() - this.#startedAt;
    await this.#recording?.close();
    const seconds = await billedSeconds;
    const { direction, carrierSid } = this.#parts;
    this.#costs.trackCallDuration({
      direction,
      carrierSid,
      durationMs: seconds === null ? measuredMs : seconds * 1_000,
      outcome: seconds === null ? 'estimated' : 'complete',
    });
    if (this.#parts.memory !== null) this.#costs.trackMemoryOperation('learning'); // priced before the freeze
    this.#costs.finalize();
    const saved = await this.#journal.close();
    if (!saved)
      this.#parts.log.error({ callId: this.callId }, 'a call ended with part of its record unsaved');
    return { reason, bill: this.bill() };
  }

  #observe(event: Event, effects: readonly Effect[]): void {
    this.#events.add(event, effects);
    this.#timings.add(event, effects);
    for (const effect of effects) {
      if (effect.type === 'record') this.#onEntry(effect.entry, event.at);
    }
  }

  #onEntry(entry: Entry, atMs: number): void {
    if (entry.kind === 'tool-call') this.#parts.feed.publish({ type: 'tool', name: entry.tool.name });
    if (entry.kind !== 'caller' && entry.kind !== 'persona') return;
    if (entry.kind === 'caller') this.#onCaller(entry.text);
    const persona = entry.kind === 'persona';
    const timings = persona ? this.#timings.of(entry.utt) : null;
    if (timings !== null) this.#parts.meter.turn(timings);
    const turn = this.#journal.addTurn({
      speaker: entry.kind,
      text: entry.text,
      interrupted: persona && entry.interrupted,
      atMs: this.#timings.beganAt(entry) ?? atMs,
      timings,
    });
    this.#parts.feed.publish({ type: 'turn', turn, totalCents: this.bill().totalCostCents });
  }

  /** A number that is not the callee's is not called again; the persona says sorry by itself. */
  #onCaller(text: string): void {
    if (this.#parts.direction === 'outbound' && !this.#contexts.isCalleeKnown && saysWrongNumber(text))
      this.#parts.onOptOut('wrong-number');
  }

  /** The carrier bills each started minute, so the minute is counted when it starts. */
  #trackDuration(): void {
    const { direction, carrierSid, clock } = this.#parts;
    this.#costs.trackCallDuration({ direction, carrierSid });
    this.#recording?.count();
    this.#minuteTimer = clock.after(MINUTE_MS, () => {
      this.#trackDuration();
      this.#watchBudget();
    });
  }

  /** Has the persona say that the money runs low, or say goodbye before it has run out. */
  #watchBudget(): void {
    if (this.#budgetLevel === 'cutoff') return;
    const state = this.#costs.checkBudgetWarnings();
    this.#budgetTimer();
    if (state.checkAgainInMs !== null)
      this.#budgetTimer = this.#parts.clock.after(state.checkAgainInMs, () => this.#watchBudget());
    if (state.level === 'fine') return;
    this.#budgetLevel = state.level;
    this.#parts.feed.publish({
      type: 'budget',
      level: state.level,
      spentCents: state.spentCents,
      capCents: state.capCents,
    });
    this.session.onBudget(state.level);
    if (state.level === 'warn') this.#parts.onWarning(state);
  }
}
