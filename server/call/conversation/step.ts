import { checkOpening, checkStuckTurn, onEndOfTurn, onPartial } from './caller.ts';
import { beginClosing, checkClosing, end } from './closing.ts';
import { beginStep, type Step, set } from './context.ts';
import {
  checkDrain,
  checkStall,
  cut,
  enqueue,
  onDrained,
  onPlayStarted,
  onSynthesised,
  onSynthesisFailed,
  onWords,
  pump,
} from './mouth.ts';
import { checkThought, onDone, onFailed, onText, onTool, onToolDone } from './thought.ts';
import type { ConversationConfig, Effect, Event, State } from './types.ts';

/** The conversation before anything has happened. */
export function initialState(config: ConversationConfig): State {
  return {
    config,
    call: { phase: 'waiting' },
    caller: { now: 'quiet' },
    thought: { now: 'none' },
    mouth: [],
    history: [],
    freeSince: null,
    reprompts: 0,
    modelFailures: 0,
    hearingLostAt: null,
    voiceLost: false,
    committedTurn: -1,
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
    case 'stt.partial':
      return onPartial(cx, event.turn, event.text);
    case 'stt.end':
      return onEndOfTurn(cx, event.turn, event.text);
    case 'stt.down':
      if (cx.s.hearingLostAt === null) set(cx, { hearingLostAt: cx.at + cx.s.config.tunables.hearingLostMs });
      return;
    case 'stt.up':
      return set(cx, { hearingLostAt: null });
    case 'llm.text':
      return onText(cx, event.req, event.text);
    case 'llm.tool':
      return onTool(cx, event.req, event.tool);
    case 'llm.done':
      return onDone(cx, event.req);
    case 'llm.failed':
      return onFailed(cx, event.req);
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
    case 'stop.requested':
      return beginClosing(cx, event.reason);
    default:
      event satisfies never;
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

/** Consequences that depend on the state alone. Runs after every event, so that no handler can forget one. */
function settle(cx: Step): void {
  if (cx.s.call.phase === 'waiting' || cx.s.call.phase === 'ended') return;
  checkOpening(cx);
  checkStuckTurn(cx);
  checkThought(cx);
  checkStall(cx);
  checkDrain(cx);
  checkSenses(cx);
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

/** Nobody has said anything for a while: ask, and in the end say goodbye. */
function checkSilence(cx: Step): void {
  const { freeSince, reprompts, config } = cx.s;
  if (cx.s.call.phase !== 'talking' || freeSince === null) return;
  if (cx.at < freeSince + config.tunables.repromptAfterMs) return;
  set(cx, { freeSince: null });
  const prompt = config.reprompts[reprompts];
  if (prompt === undefined) return beginClosing(cx, 'silence');
  set(cx, { reprompts: reprompts + 1 });
  enqueue(cx, 'reprompt', prompt);
}

function watchSilence(cx: Step): void {
  const { call, caller, thought, mouth, freeSince } = cx.s;
  const free =
    call.phase === 'talking' && caller.now === 'quiet' && thought.now === 'none' && mouth.length === 0;
  if (free && freeSince === null) set(cx, { freeSince: cx.at });
  else if (!free && freeSince !== null) set(cx, { freeSince: null });
}
