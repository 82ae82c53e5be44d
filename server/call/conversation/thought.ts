import { beginClosing } from './closing.ts';
import { isClosing, mintId, record, type Step, set } from './context.ts';
import { close, enqueue, extend } from './mouth.ts';
import type { RequestId, ToolCallId, ToolRequest } from './types.ts';

/** The tool by which the model ends the call; its farewell is spoken and never cut off. */
export const END_CALL_TOOL = 'end_call';

/** Asks the model for the next words, with everything that was said and heard so far. */
export function ask(cx: Step): void {
  const req = mintId(cx);
  set(cx, {
    thought: {
      now: 'asking',
      req,
      utt: null,
      tool: null,
      answerBy: cx.at + cx.s.config.tunables.answerDeadlineMs,
    },
  });
  cx.fx.push({ type: 'llm.start', req, history: cx.s.history });
}

/** Drops what the persona is working on; a tool call keeps its place in the history with a result that says so. */
export function abandon(cx: Step): void {
  const { thought } = cx.s;
  if (thought.now === 'asking') cx.fx.push({ type: 'llm.cancel', req: thought.req });
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
  const utt = thought.utt ?? enqueue(cx, 'answer', text, true);
  set(cx, { thought: { ...thought, utt, answerBy: cx.at + cx.s.config.tunables.answerDeadlineMs } });
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

export function onToolDone(cx: Step, call: ToolCallId, result: string): void {
  const { thought } = cx.s;
  if (thought.now !== 'tool' || thought.call !== call) return;
  record(cx, { kind: 'tool-result', call, result });
  set(cx, { thought: { now: 'none' } });
  if (!isClosing(cx.s)) ask(cx);
}

/** The model is late with the answer, or with the rest of it: go on without. */
export function checkThought(cx: Step): void {
  const { thought } = cx.s;
  if (thought.now === 'asking' && cx.at >= thought.answerBy) {
    cx.fx.push({ type: 'llm.cancel', req: thought.req });
    onFailed(cx, thought.req);
  }
  if (thought.now === 'tool' && cx.at >= thought.giveUpAt) {
    cx.fx.push({ type: 'tool.cancel', call: thought.call });
    onToolDone(cx, thought.call, '{"status":"timeout"}');
  }
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
  set(cx, { thought: { now: 'tool', call, giveUpAt: cx.at + cx.s.config.tunables.toolDeadlineMs } });
  cx.fx.push({ type: 'tool.run', call, tool });
}

function apologise(cx: Step): void {
  const modelFailures = cx.s.modelFailures + 1;
  set(cx, { modelFailures });
  if (isClosing(cx.s)) return;
  if (modelFailures >= cx.s.config.tunables.modelFailuresToEnd) beginClosing(cx, 'model-failed');
  else enqueue(cx, 'apology', cx.s.config.apology);
}
