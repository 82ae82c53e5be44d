import { checkBarge, onSilence, onVoice } from './barge.ts';
import { checkOpening, checkTurn, onEagerEnd, onEndOfTurn, onPartial, onResumed } from './caller.ts';
import { beginClosing, checkClosing, end } from './closing.ts';
import type { ConversationConfig } from './configuration.ts';
import { beginStep, type Step, set } from './context.ts';
import { silenceEndsAt } from './deadlines.ts';
import { checkDisclosure, onKey, onPin } from './house-lines.ts';
import { checkDrain, cut, enqueue, isFloorFree, onDrained, onPlayStarted, onWords } from './mouth.ts';
import { checkRecording, firstRecording } from './recording.ts';
import type { State } from './state.ts';
import { checkStall, onSynthesised, onSynthesisFailed, pump } from './synthesis.ts';
import {
  checkOwedAnswer,
  checkSound,
  checkThought,
  onDone,
  onFailed,
  onText,
  onTool,
  onToolDone,
} from './thought.ts';
import { onDraft } from './turn.ts';
import type { Effect, Event, Fact } from './types.ts';

/** The conversation before anything has happened. */
export function initialState(config: ConversationConfig): State {
  return {
    config,
    call: { phase: 'waiting' },
    caller: { now: 'quiet' },
    barge: { now: 'none' },
    thought: { now: 'none' },
    mouth: [],
    history: [],
    lastSpoken: null,
    pauseMs: config.tunables.minHesitationMs,
    loop: { recent: [], repeats: 0 },
    owesAnswer: false,
    notice: null,
    disclosure: { now: 'waiting', at: config.tunables.discloseEveryMs },
    recording: firstRecording(config),
    screened: false,
    patientUntil: 0,
    freeSince: null,
    reprompts: 0,
    fillers: 0,
    modelFailures: 0,
    hearingLostAt: null,
    voiceLost: false,
    stuck: null,
    endedTurn: -1,
    optedOut: false,
    nextId: 1,
  };
}

/**
 * The whole conversation: folds one event into the state and says what is to be done about it.
 * Pure: the same state and event always give the same result, which is what makes replay possible.
 * After `ended`, nothing has any effect.
 */
export function step(state: State, event: Event): { state: State; effects: readonly Effect[] } {
  if (state.call.phase === 'ended') return { state, effects: [] };
  if (state.call.phase === 'waiting' && !beginsOrEnds(event)) return { state, effects: [] };
  const cx = beginStep(state, event);
  checkSenses(cx); // a call that is over for want of hearing begins nothing new
  react(cx, event);
  settle(cx);
  return { state: cx.s, effects: cx.fx };
}

/** Before the line is open nothing can be heard or said. */
function beginsOrEnds(event: Event): boolean {
  return event.type === 'line.started' || event.type === 'line.stopped' || event.type === 'stop.requested';
}

function react(cx: Step, event: Event): void {
  switch (event.type) {
    case 'line.started':
      return onLineStarted(cx);
    case 'line.stopped':
      return onLineStopped(cx);
    case 'wake':
      return; // a hint only: settle() looks at every deadline
    case 'voice.on':
      return onVoice(cx, event.forMs, event.offLagMs);
    case 'voice.off':
      return onSilence(cx);
    case 'stt.partial':
      return onPartial(cx, event.turn, event.text);
    case 'stt.eagerEnd':
      return onEagerEnd(cx, event.turn, event.text);
    case 'stt.resumed':
      return onResumed(cx, event.turn);
    case 'stt.end':
      return onEndOfTurn(cx, event.turn, event.text, event.voicedAt);
    case 'stt.down':
      if (cx.s.hearingLostAt === null) set(cx, { hearingLostAt: cx.at + cx.s.config.tunables.hearingLostMs });
      return;
    case 'stt.up':
      return set(cx, { hearingLostAt: null });
    case 'llm.text':
    case 'llm.tool':
    case 'llm.done':
    case 'llm.failed':
      return onModel(cx, event);
    case 'tool.done':
      return onToolDone(cx, event.call, event.result);
    case 'tts.words':
      return onWords(cx, event.utt, event.words);
    case 'tts.done':
      return onSynthesised(cx, event.utt, event.totalMs);
    case 'tts.failed':
      return onSynthesisFailed(cx, event.utt);
    case 'play.started':
      return onPlayStarted(cx, event.utt);
    case 'play.drained':
      return onDrained(cx, event.utt);
    case 'machine.answered':
      return beginClosing(cx, 'machine', cx.s.config.voicemail);
    case 'pin':
      return onPin(cx, event.isRight);
    case 'key':
      return onKey(cx, event.digit);
    case 'budget':
      return onBudget(cx, event.level);
    case 'stop.requested':
      return beginClosing(cx, event.reason);
    default:
      event satisfies never;
  }
}

/** What the model writes goes into the draft that it was asked for, or else into the reply. */
function onModel(cx: Step, fact: Extract<Fact, { req: number }>): void {
  switch (fact.type) {
    case 'llm.text':
      if (!onDraft(cx, fact.req, (draft) => ({ ...draft, text: draft.text + fact.text })))
        onText(cx, fact.req, fact.text);
      return;
    case 'llm.tool':
      if (!onDraft(cx, fact.req, (draft) => ({ ...draft, tool: draft.tool ?? fact.tool })))
        onTool(cx, fact.req, fact.tool);
      return;
    case 'llm.done':
      // An empty draft is none: the turn is asked again when it is over.
      if (!onDraft(cx, fact.req, (d) => (d.text === '' && d.tool === null ? null : { ...d, done: true })))
        onDone(cx, fact.req);
      return;
    case 'llm.failed':
      if (!onDraft(cx, fact.req, () => null)) onFailed(cx, fact.req);
      return;
    default:
      fact satisfies never;
  }
}

function onLineStarted(cx: Step): void {
  if (cx.s.call.phase !== 'waiting') return;
  const { direction, tunables } = cx.s.config;
  const waitMs = direction === 'outbound' ? tunables.openAfterMs : 0;
  set(cx, { call: { phase: 'opening', speakAt: cx.at + waitMs, latestAt: cx.at + tunables.openHoldMs } });
}

function onLineStopped(cx: Step): void {
  const { call } = cx.s;
  if (call.phase !== 'waiting' && cx.s.mouth[0] !== undefined) recordWhatWasHeard(cx);
  end(cx, 'reason' in call ? call.reason : 'caller-hung-up');
}

/** The line is gone, so there is nothing left to clear; only the transcript is owed. */
function recordWhatWasHeard(cx: Step): void {
  const before = cx.fx.length;
  cut(cx);
  const records = cx.fx.splice(before).filter((effect) => effect.type === 'record');
  cx.fx.push(...records);
}

/** The payer's money: a word in time, and an end before it is used up or when it is taken back. */
function onBudget(cx: Step, level: 'warn' | 'cutoff' | 'revoked'): void {
  if (level === 'cutoff') beginClosing(cx, 'budget-exhausted');
  else if (level === 'revoked') beginClosing(cx, 'approval-revoked');
  else if (cx.s.notice === null)
    set(cx, { notice: { text: cx.s.config.budgetNotice, tries: 0, due: cx.s.config.budgetNotice !== '' } });
}

/** Consequences that depend on the state alone. Runs after every event, so that no handler can forget one. */
function settle(cx: Step): void {
  if (cx.s.call.phase === 'waiting' || cx.s.call.phase === 'ended') return;
  checkOpening(cx);
  checkTurn(cx);
  checkThought(cx);
  checkStall(cx);
  checkSound(cx);
  checkBarge(cx);
  checkDrain(cx);
  checkSenses(cx);
  checkRecording(cx);
  checkOwedAnswer(cx);
  checkNotice(cx);
  checkDisclosure(cx);
  checkSilence(cx);
  checkClosing(cx);
  pump(cx);
  checkClosing(cx); // pumping may have emptied the mouth of something that cannot be spoken
  watchSilence(cx);
}

/** Without ears or without a voice there is no conversation. */
function checkSenses(cx: Step): void {
  if (cx.s.voiceLost) beginClosing(cx, 'voice-failed');
  if (cx.s.hearingLostAt !== null && cx.at >= cx.s.hearingLostAt) {
    set(cx, { hearingLostAt: null });
    beginClosing(cx, 'hearing-failed');
  }
}

function checkNotice(cx: Step): void {
  const { notice } = cx.s;
  if (notice === null || !notice.due || !isFloorFree(cx)) return;
  set(cx, { notice: { ...notice, tries: notice.tries + 1, due: false } });
  enqueue(cx, 'notice', notice.text);
}

/** Nobody has said anything for a while: ask, and in the end say goodbye. */
function checkSilence(cx: Step): void {
  const { freeSince, reprompts, config, screened } = cx.s;
  if (freeSince === null || !isFloorFree(cx)) return;
  if (cx.at < silenceEndsAt(cx.s, freeSince)) return;
  set(cx, { freeSince: null });
  if (screened) return beginClosing(cx, 'silence'); // nobody was let through to
  const prompt = config.reprompts[reprompts];
  if (prompt === undefined) return beginClosing(cx, 'silence');
  set(cx, { reprompts: reprompts + 1 });
  enqueue(cx, 'reprompt', prompt);
}

function watchSilence(cx: Step): void {
  const free = isFloorFree(cx);
  if (free && cx.s.freeSince === null) set(cx, { freeSince: cx.at });
  else if (!free && cx.s.freeSince !== null) set(cx, { freeSince: null });
}
