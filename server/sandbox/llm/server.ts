import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Fault, Faults } from '../faults.ts';
import { type StandInServer, sendJson, startServer, urlOf } from '../http.ts';
import type { Journal } from '../journal.ts';
import { answerTo } from './answer.ts';
import type { Thought } from './brain.ts';
import { type ChatRequest, requestBody } from './request.ts';
import { problemOfStrict } from './schema-answer.ts';

export interface ChatServerParts {
  vendor: 'cerebras' | 'openai';
  port: number;
  apiKey: string;
  faults: Faults;
  journal: Journal;
  firstTokenMs: number;
  tokensPerSecond: number;
}

const MODELS = {
  cerebras: ['gpt-oss-120b', 'qwen-3.8-27b'],
  openai: ['gpt-4.1-mini', 'gpt-4o-mini', 'gpt-5-mini', 'gpt-5.4-mini'],
} as const;
/** Parameters that Cerebras is reported to refuse. */
const REFUSED_BY_CEREBRAS = [
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'parallel_tool_calls',
  'service_tier',
];
const CHARS_PER_TOKEN = 4;

/** Chat completions as Cerebras and OpenAI serve them, each with its own error bodies. */
export function startChatServer(parts: ChatServerParts): Promise<StandInServer> {
  return startServer(parts.port, async (request, response, body) => {
    const { pathname } = urlOf(request);
    if (parts.vendor === 'cerebras' && pathname === '/v1/tcp_warming')
      return void response.writeHead(200).end();
    if (request.headers.authorization !== `Bearer ${parts.apiKey}`)
      return sendError(parts, response, 401, 'invalid_api_key', 'Incorrect API key provided.');
    if (pathname === '/v1/models')
      return sendJson(response, 200, {
        object: 'list',
        data: MODELS[parts.vendor].map((id) => ({ id, object: 'model', created: 0, owned_by: parts.vendor })),
      });
    if (pathname !== '/v1/chat/completions' || request.method !== 'POST')
      return sendError(parts, response, 404, 'not_found', `There is no ${pathname}.`);
    await complete(parts, request, response, body);
  });
}

async function complete(
  parts: ChatServerParts,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const raw = JSON.parse(body) as Record<string, unknown>;
  // Faults are meant for spoken replies; those for other answers say so.
  const fault =
    raw.stream === true
      ? parts.faults.take(parts.vendor, undefined, 'stream')
      : parts.faults.takeMeantFor(parts.vendor, 'whole');
  parts.journal.note(parts.vendor, 'chat', {
    messages: (raw.messages as unknown[] | undefined)?.length ?? 0,
    stream: raw.stream ?? false,
    port: request.socket.remotePort,
    fault: fault?.kind ?? null,
  });
  if (fault?.kind === 'refuse') return void request.socket.destroy();
  if (fault?.kind === 'status')
    return sendError(
      parts,
      response,
      fault.status,
      fault.status === 429 ? 'rate_limit_exceeded' : 'server_error',
      `played fault ${fault.status}`,
    );
  const parsed = requestBody.safeParse(raw);
  if (!parsed.success)
    return sendError(parts, response, 400, 'invalid_request_error', z.prettifyError(parsed.error));
  const problem = refusalOf(parts, raw, parsed.data);
  if (problem !== null) return sendError(parts, response, problem.status, problem.code, problem.message);
  const thought = answerTo(parsed.data);
  await wait(parts.firstTokenMs + (fault?.kind === 'slow' ? fault.delayMs : 0));
  if (parsed.data.stream === true) await stream(parts, response, parsed.data, thought, fault);
  else sendJson(response, 200, whole(parsed.data, thought));
}

function refusalOf(
  parts: ChatServerParts,
  raw: Record<string, unknown>,
  request: ChatRequest,
): { status: number; code: string; message: string } | null {
  const known: readonly string[] = MODELS[parts.vendor];
  if (!known.includes(request.model))
    return { status: 404, code: 'model_not_found', message: `The model ${request.model} does not exist.` };
  if (parts.vendor === 'cerebras') {
    const refused = REFUSED_BY_CEREBRAS.find((name) => name in raw);
    if (refused !== undefined)
      return { status: 400, code: 'wrong_api_format', message: `${refused} is not supported.` };
  }
  const wanted = request.response_format?.json_schema;
  const wrong = wanted?.strict === true ? problemOfStrict(wanted.schema) : null;
  if (wrong !== null)
    return {
      status: 400,
      code: 'invalid_request_error',
      message: `Invalid schema for response_format: ${wrong}`,
    };
  const asked = new Set<string>();
  for (const message of request.messages) {
    for (const call of message.tool_calls ?? []) asked.add(call.id);
    if (message.role === 'tool' && !asked.delete(message.tool_call_id ?? '')) {
      return {
        status: 400,
        code: 'invalid_request_error',
        message: 'A tool message must answer a tool call before it.',
      };
    }
    if (message.role === 'user' && asked.size > 0)
      return { status: 400, code: 'invalid_request_error', message: 'A tool call has no answer.' };
  }
  return null;
}

async function stream(
  parts: ChatServerParts,
  response: ServerResponse,
  request: ChatRequest,
  thought: Thought,
  fault: Fault | null,
): Promise<void> {
  const id = `chatcmpl-${randomUUID()}`;
  const send = (fields: Record<string, unknown>) =>
    response.write(
      `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: Math.floor(Date.now() / 1_000), model: request.model, ...fields })}\n\n`,
    );
  const delta = (content: Record<string, unknown>, finish: string | null = null) =>
    send({ choices: [{ index: 0, delta: content, finish_reason: finish }] });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  delta({ role: 'assistant', content: '' });
  let sent = 0;
  for (const token of thought.text.match(/\s*\S+/g) ?? []) {
    if (response.destroyed) return;
    delta({ content: token });
    sent += 1;
    if (sent === 2 && (await playFault(response, fault))) return;
    await wait(1_000 / parts.tokensPerSecond);
  }
  if (thought.tool !== null) {
    const { name, args } = thought.tool;
    delta({
      tool_calls: [
        {
          index: 0,
          id: `call_${randomUUID().slice(0, 8)}`,
          type: 'function',
          function: { name, arguments: '' },
        },
      ],
    });
    if (await playFault(response, fault)) return;
    for (const piece of JSON.stringify(args).match(/.{1,16}/gs) ?? [])
      delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
  }
  delta({}, thought.tool === null ? 'stop' : 'tool_calls');
  if (request.stream_options?.include_usage === true)
    send({
      choices: [],
      usage: usageOf(request, thought),
      ...(parts.vendor === 'cerebras'
        ? {
            time_info: {
              queue_time: 0,
              prompt_time: 0.01,
              completion_time: 0.02,
              total_time: 0.03,
              created: 0,
            },
          }
        : {}),
    });
  response.end('data: [DONE]\n\n');
}

/** A fault in mid-stream; true when nothing more may be sent. */
async function playFault(response: ServerResponse, fault: Fault | null): Promise<boolean> {
  switch (fault?.kind) {
    case 'stall':
      return true; // the response stays open and silent
    case 'drop':
      await wait(fault.afterMs);
      response.destroy();
      return true;
    case 'garbage':
      response.write('data: {"broken\n\n');
      return false;
    default:
      return false;
  }
}

function whole(request: ChatRequest, thought: Thought): object {
  const { text, tool } = thought;
  const calls =
    tool === null
      ? {}
      : {
          tool_calls: [
            {
              id: `call_${randomUUID().slice(0, 8)}`,
              type: 'function',
              function: { name: tool.name, arguments: JSON.stringify(tool.args) },
            },
          ],
        };
  return {
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    model: request.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: tool === null ? text : null, ...calls },
        finish_reason: tool === null ? 'stop' : 'tool_calls',
      },
    ],
    usage: usageOf(request, thought),
  };
}

function usageOf(request: ChatRequest, thought: Thought) {
  const prompt = Math.ceil(JSON.stringify(request.messages).length / CHARS_PER_TOKEN);
  const completion = Math.ceil(
    (thought.text.length + JSON.stringify(thought.tool ?? '').length) / CHARS_PER_TOKEN,
  );
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** Cerebras sends flat error bodies, OpenAI nested ones. */
function sendError(
  parts: ChatServerParts,
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): void {
  const error = { message, type: code, param: null, code };
  sendJson(response, status, parts.vendor === 'cerebras' ? error : { error });
}
