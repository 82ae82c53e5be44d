import { beginClosing } from './closing.ts';
import { isClosing, mintId, record, type Step, set } from './context.ts';
import { close, cut, enqueue, extend, remove } from './mouth.ts';
import type { Draft } from './state.ts';
import type { RequestId, ToolCallId, ToolRequest } from './types.ts';

/** The tool by which the model ends the call; its farewell is spoken and never cut off. */
export const END_CALL_TOOL = 'end_call';

/** Asks the model for the next words, with everything that was said and heard so far. */
export function ask(cx: Step): void {
  const req = mintId(cx);
  think(cx, req);
  cx.fx.push({ type: 'llm.start', req, history: cx.s.history, draftOf: null });
}

/** A draft becomes the reply: what it has written so far is taken up as if it came now. */
export function promote(cx: Step, draft: Draft): void {
  think(cx, draft.req);
  if (draft.text !== '') onText(cx, draft.req, draft.text);
  if (draft.tool !== null) onTool(cx, draft.req, draft.tool);
  if (draft.done) onDone(cx, draft.req);
}

function think(cx: Step, req: RequestId): void {
  const answerBy = cx.at + cx.s.config.tunables.answerDeadlineMs;
  set(cx, { owesAnswer: false, thought: { now: 'asking', req, utt: null, tool: null, answerBy } });
}

/** Stops what is being said, and the reply that was still being thought. */
export function interrupt(cx: Step): void {
  cut(cx);
  if (cx.s.thought.now === 'asking') abandon(cx);
}

/** Drops what the persona is working on; a tool call keeps its place in the history with a result that says so. */
export function abandon(cx: Step): void {
  const { thought } = cx.s;
  if (thought.now === 'asking') {
    cx.fx.push({ type: 'llm.cancel', req: thought.req });
    if (thought.utt !== null) close(cx, thought.utt);
  }
  if (thought.now === 'tool') {
    cx.fx.push({ type: 'tool.cancel', call: thought.call });
    record(cx, {
      kind: 'tool-result',
      call: thought.call,
      result: '{"status":"abandoned","reason":"the caller moved on"}',
    });
  }
  set(cx, { thought: { now: 'none' } });
}

export function onText(cx: Step, req: RequestId, text: string): void {
  const { thought } = cx.s;
  if (thought.now !== 'asking' || thought.req !== req || text === '') return;
  if (thought.utt !== null) extend(cx, thought.utt, text);
  const utt = thought.utt ?? enqueue(cx, 'answer', text, { open: true, soundBy: thought.answerBy });
  const answerBy = cx.at + cx.s.config.tunables.answerDeadlineMs;
  set(cx, { thought: { ...thought, utt, answerBy } });
}

/** Only the first tool of a reply is taken; the model may ask for the next one when it has the result. */
export function onTool(cx: Step, req: RequestId, tool: ToolRequest): void {
  const { thought } = cx.s;
  if (thought.now !== 'asking' || thought.req !== req || thought.tool !== null) return;
  set(cx, { thought: { ...thought, tool } });
}

export function onDone(cx: Step, req: RequestId): void {
  const { thought } = cx.s;
  if (thought.now !== 'asking' || thought.req !== req) return;
  if (thought.utt !== null) close(cx, thought.utt);
  set(cx, { thought: { now: 'none' } });
  if (thought.tool !== null) runTool(cx, thought.tool);
  else if (thought.utt === null) apologise(cx);
  else set(cx, { modelFailures: 0 });
}

export function onFailed(cx: Step, req: RequestId): void {
  const { thought } = cx.s;
  if (thought.now !== 'asking' || thought.req !== req) return;
  set(cx, { thought: { now: 'none' } });
  if (thought.utt === null) apologise(cx);
  else close(cx, thought.utt); // what has been said stands
}

/** A result that comes while the caller is speaking is kept for the next answer, and not blurted out. */
export function onToolDone(cx: Step, call: ToolCallId, result: string): void {
  const { thought } = cx.s;
  if (thought.now !== 'tool' || thought.call !== call) return;
  record(cx, { kind: 'tool-result', call, result });
  set(cx, { thought: { now: 'none' }, owesAnswer: true });
}

/** What a tool found out is told as soon as the floor is free; a caller who said something new is answered with it anyway. */
export function checkOwedAnswer(cx: Step): void {
  const { owesAnswer, caller, thought, call, mouth } = cx.s;
  if (!owesAnswer || call.phase !== 'talking' || mouth.some(({ kind }) => kind === 'house')) return;
  if (caller.now === 'quiet' && thought.now === 'none') ask(cx);
}

/** The model or a tool is late: say something meanwhile, or go on without. */
export function checkThought(cx: Step): void {
  const { thought } = cx.s;
  if (thought.now === 'asking' && cx.at >= thought.answerBy) {
    cx.fx.push({ type: 'llm.cancel', req: thought.req });
    onFailed(cx, thought.req);
  }
  if (thought.now === 'tool' && thought.fillerAt !== null && cx.at >= thought.fillerAt) fillIn(cx);
  if (thought.now === 'tool' && cx.at >= thought.giveUpAt) {
    cx.fx.push({ type: 'tool.cancel', call: thought.call });
    onToolDone(cx, thought.call, '{"status":"timeout"}');
  }
}

/** An answer that has words and still no sound after its deadline is given up. */
export function checkSound(cx: Step): void {
  const late = cx.s.mouth.find((u) => u.soundBy !== null && cx.at >= u.soundBy);
  if (late === undefined) return;
  const { thought } = cx.s;
  if (thought.now === 'asking' && thought.utt === late.id) {
    cx.fx.push({ type: 'llm.cancel', req: thought.req });
    set(cx, { thought: { now: 'none' } });
  }
  if (late.said !== '' && late.totalMs === null) cx.fx.push({ type: 'tts.cancel', utt: late.id });
  remove(cx, late.id);
  apologise(cx);
}

/** "Hang on, let me look": once for each tool call, and only into silence. */
function fillIn(cx: Step): void {
  const { thought, caller, mouth, fillers, config } = cx.s;
  if (thought.now !== 'tool') return;
  set(cx, { thought: { ...thought, fillerAt: null } });
  const text = config.fillers[fillers % Math.max(1, config.fillers.length)];
  if (text === undefined || caller.now !== 'quiet' || mouth.length > 0) return;
  set(cx, { fillers: fillers + 1 });
  enqueue(cx, 'filler', text);
}

function runTool(cx: Step, tool: ToolRequest): void {
  if (isClosing(cx.s)) return;
  const call = mintId(cx);
  record(cx, { kind: 'tool-call', call, tool });
  if (tool.name === END_CALL_TOOL) {
    record(cx, { kind: 'tool-result', call, result: '{"status":"ok"}' });
    const farewell = typeof tool.args.farewell === 'string' ? tool.args.farewell.trim() : '';
    beginClosing(cx, 'persona-said-goodbye', farewell);
    return;
  }
  const { fillerAfterMs, toolDeadlineMs } = cx.s.config.tunables;
  set(cx, {
    thought: { now: 'tool', call, fillerAt: cx.at + fillerAfterMs, giveUpAt: cx.at + toolDeadlineMs },
  });
  cx.fx.push({ type: 'tool.run', call, tool });
}

function apologise(cx: Step): void {
  const modelFailures = cx.s.modelFailures + 1;
  set(cx, { modelFailures });
  if (isClosing(cx.s)) return;
  if (modelFailures >= cx.s.config.tunables.modelFailuresToEnd) beginClosing(cx, 'model-failed');
  else enqueue(cx, 'apology', cx.s.config.apology);
}
