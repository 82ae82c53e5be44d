import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallerScript } from '../callers/scripted-caller.ts';
import type { Faults } from '../faults.ts';
import { type StandInServer, sendJson, startServer, urlOf } from '../http.ts';
import type { Journal } from '../journal.ts';
import { sendError } from './errors.ts';
import { Messages } from './messages.ts';
import { PhoneCall } from './phone-call.ts';
import { CallRecordings } from './recordings.ts';

export interface TwilioParts {
  port: number;
  accountSid: string;
  authToken: string;
  faults: Faults;
  journal: Journal;
  /** Who picks up when a number is rung. */
  callerAt(number: string): Promise<CallerScript>;
}

export interface TwilioStandIn extends StandInServer {
  call(sid: string): PhoneCall | undefined;
  /** Somebody texts the account's number, whose messaging URL is `url`. Resolves to what it answers. */
  text(inbound: { from: string; to: string; body: string; url: string }): Promise<string>;
  /** Somebody rings the account's number, whose voice URL is `url`. */
  ring(inbound: { from: string; to: string; url: string; stirVerstat: string | null }): PhoneCall;
}

interface ServingParts extends TwilioParts {
  messages: Messages;
  recordings: CallRecordings;
}

const E164 = /^\+[1-9]\d{6,14}$/;
const DEFAULT_RING_TIMEOUT_S = 60;
const DEFAULT_TIME_LIMIT_S = 4 * 3_600;

/** Twilio's REST API: calls, their recordings, and messages. */
export async function startTwilio(parts: TwilioParts): Promise<TwilioStandIn> {
  const calls = new Map<string, PhoneCall>();
  const messages = new Messages(parts);
  const recordings = new CallRecordings(parts);
  const server = await startServer(parts.port, (request, response, body) =>
    serve({ ...parts, messages, recordings }, calls, request, response, body),
  );
  return {
    ...server,
    call: (sid) => calls.get(sid),
    text: (inbound) => messages.receive(inbound),
    ring: (inbound) => {
      const call = new PhoneCall({
        ...parts,
        request: {
          ...inbound,
          direction: 'inbound',
          statusCallback: null,
          statusCallbackEvents: ['completed'],
          amdCallback: null,
          machineDetection: 'Enable',
          ringTimeoutMs: 0,
          timeLimitMs: DEFAULT_TIME_LIMIT_S * 1_000,
        },
        script: parts.callerAt(inbound.from),
      });
      calls.set(call.sid, call);
      void call.runInbound();
      return call;
    },
    async close() {
      messages.close();
      recordings.close();
      for (const call of calls.values()) call.end('completed');
      await server.close();
    },
  };
}

function serve(
  parts: ServingParts,
  calls: Map<string, PhoneCall>,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): void {
  const { pathname } = urlOf(request);
  const form = new URLSearchParams(body);
  parts.journal.note('twilio', 'rest', { method: request.method, pathname, form: Object.fromEntries(form) });
  const fault = parts.faults.take('twilio', ['refuse', 'status', 'slow', 'lost-answer']);
  if (fault?.kind === 'refuse') return void request.socket.destroy();
  if (fault?.kind === 'status')
    return sendError(response, fault.status, fault.status === 429 ? 20429 : 20500, 'played fault');
  const answer = () => route(parts, calls, request.method ?? 'GET', urlOf(request), form, response);
  if (
    request.headers.authorization !==
    `Basic ${Buffer.from(`${parts.accountSid}:${parts.authToken}`).toString('base64')}`
  ) {
    return sendError(response, 401, 20003, 'Authenticate');
  }
  if (fault?.kind === 'lost-answer') {
    response.end = () => request.socket.destroy() as never;
    answer();
  } else if (fault?.kind === 'slow') setTimeout(answer, fault.delayMs);
  else answer();
}

function route(
  parts: ServingParts,
  calls: Map<string, PhoneCall>,
  method: string,
  url: URL,
  form: URLSearchParams,
  response: ServerResponse,
): void {
  const { pathname, searchParams: query } = url;
  const base = `/2010-04-01/Accounts/${parts.accountSid}`;
  if (parts.recordings.serve(method, url, form, calls, response)) return;
  if (method === 'POST' && pathname === `${base}/Calls.json`) return createCall(parts, calls, form, response);
  if (method === 'GET' && pathname === `${base}/Calls.json`) return listCalls(parts, calls, query, response);
  if (method === 'POST' && pathname === `${base}/Messages.json`) return parts.messages.create(form, response);
  oneCall(parts, calls, method, pathname, form, response);
}

/** A look at a call, its end, or new instructions for it. */
function oneCall(
  parts: TwilioParts,
  calls: Map<string, PhoneCall>,
  method: string,
  pathname: string,
  form: URLSearchParams,
  response: ServerResponse,
): void {
  const sid = /\/Calls\/(CA[0-9a-f]{32})\.json$/.exec(pathname)?.[1];
  const call = sid === undefined ? undefined : calls.get(sid);
  if (call === undefined)
    return sendError(response, 404, 20404, `The requested resource ${pathname} was not found`);
  const timeLimit = form.get('TimeLimit');
  const statusCallback = form.get('StatusCallback');
  if (method === 'POST' && timeLimit !== null) call.limit(Number(timeLimit) * 1_000);
  if (method === 'POST' && statusCallback !== null) call.reportTo(statusCallback);
  const twiml = form.get('Twiml');
  if (method === 'POST' && (form.get('Status') === 'completed' || twiml !== null)) {
    if (call.durationSeconds !== null || call.status === 'completed')
      return sendError(response, 404, 20404, 'The call is not in progress');
    if (twiml === null) call.end(call.status === 'in-progress' ? 'completed' : 'canceled');
    else if (!call.redirect(twiml)) return sendError(response, 400, 21218, 'Invalid TwiML');
  }
  sendJson(response, 200, describe(parts, call));
}

function createCall(
  parts: TwilioParts,
  calls: Map<string, PhoneCall>,
  form: URLSearchParams,
  response: ServerResponse,
): void {
  const to = form.get('To') ?? '';
  const from = form.get('From') ?? '';
  const url = form.get('Url') ?? '';
  if (!E164.test(to))
    return sendError(response, 400, 21211, `The 'To' number ${to} is not a valid phone number.`);
  if (!E164.test(from))
    return sendError(response, 400, 21212, `The 'From' number ${from} is not a valid phone number.`);
  if (!URL.canParse(url)) return sendError(response, 400, 21205, 'Url is not a valid URL');
  const call = new PhoneCall({
    ...parts,
    request: {
      direction: 'outbound-api',
      stirVerstat: null,
      to,
      from,
      url,
      statusCallback: form.get('StatusCallback'),
      statusCallbackEvents: form.has('StatusCallbackEvent')
        ? form.getAll('StatusCallbackEvent')
        : ['completed'],
      amdCallback: form.get('AsyncAmd') === 'true' ? form.get('AsyncAmdStatusCallback') : null,
      machineDetection: form.get('MachineDetection') ?? 'Enable',
      ringTimeoutMs: Number(form.get('Timeout') ?? DEFAULT_RING_TIMEOUT_S) * 1_000,
      timeLimitMs: Number(form.get('TimeLimit') ?? DEFAULT_TIME_LIMIT_S) * 1_000,
    },
    script: parts.callerAt(to),
  });
  calls.set(call.sid, call);
  void call.run();
  sendJson(response, 201, describe(parts, call));
}

/** Twilio's list: the newest first, in pages; what is not asked for is not filtered. */
function listCalls(
  parts: TwilioParts,
  calls: Map<string, PhoneCall>,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const pageSize = Math.min(Number(query.get('PageSize') ?? 50), 1_000);
  const matching = [...calls.values()]
    .reverse()
    .filter(({ request }) => request.to === (query.get('To') ?? request.to))
    .filter(({ request }) => request.from === (query.get('From') ?? request.from));
  sendJson(response, 200, {
    calls: matching.slice(0, pageSize).map((call) => describe(parts, call)),
    page: 0,
    page_size: pageSize,
    next_page_uri: null,
  });
}

function describe(parts: TwilioParts, call: PhoneCall): object {
  return {
    sid: call.sid,
    account_sid: parts.accountSid,
    to: call.request.to,
    from: call.request.from,
    date_created: call.createdAt.toUTCString(),
    status: call.status,
    direction: call.request.direction,
    duration: call.durationSeconds === null ? null : String(call.durationSeconds),
    price: call.price,
    price_unit: 'USD',
    uri: `/2010-04-01/Accounts/${parts.accountSid}/Calls/${call.sid}.json`,
  };
}
