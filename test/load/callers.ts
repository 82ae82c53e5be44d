import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { sleep, systemClock } from '../../server/clock.ts';
import { sendJson, startServer, urlOf } from '../../server/sandbox/http.ts';
import { postSigned, twilioSignature } from '../../server/sandbox/twilio/callbacks.ts';
import { parseTwiml } from '../../server/sandbox/twilio/twiml.ts';
import { type LineFigures, LoadLine } from './load-line.ts';

/**
 * The callers of a load run, in a process of their own. Beside a product they are Twilio too: they take its dial
 * requests, fetch its TwiML, open its media sockets and report the ends. Beside the floor they connect directly.
 */

export type CallersMessage =
  | { type: 'ready'; twilioUrl: string }
  | { type: 'figures'; lines: LineFigures[]; loopLagP99Ms: number; opened: number };
export type CallersRequest =
  | { type: 'place'; calls: number; direct: string | null; api: { baseUrl: string; token: string } | null }
  | { type: 'measure' }
  | { type: 'hang-up' };

const { values } = parseArgs({
  options: { 'account-sid': { type: 'string', default: '' }, 'auth-token': { type: 'string', default: '' } },
});
const accountSid = values['account-sid'];
const authToken = values['auth-token'];
const STAGGER_MS = 40;
const TICK_MS = 20;

const lines: LoadLine[] = [];
const ended: Array<() => void> = [];
const lags: number[] = [];
let measuring = false;

const twilio = await startServer(0, async (request, response, body) => {
  const form = new URLSearchParams(body);
  const { pathname } = urlOf(request);
  const sid = /\/Calls\/(CA[0-9a-f]{32})\.json$/.exec(pathname)?.[1];
  if (sid !== undefined) return sendJson(response, 200, { sid, status: 'completed' });
  const callSid = `CA${randomBytes(16).toString('hex')}`;
  sendJson(response, 201, { sid: callSid, status: 'queued' });
  await answer(callSid, form.get('Url') ?? '', form.get('StatusCallback') ?? '');
});

process.on('message', (request: CallersRequest) => {
  if (request.type === 'place') void place(request);
  else if (request.type === 'measure') {
    measuring = true;
    for (const line of lines) line.measureFromNow();
  } else hangUp();
});
process.on('disconnect', () => process.exit(0));
tell({ type: 'ready', twilioUrl: twilio.url });

let next = performance.now();
tick();

/** Against the clock, not from tick to tick: a late one is made up for, as a telephone network does. */
function tick(): void {
  if (measuring) lags.push(performance.now() - next);
  for (const line of lines) line.tick();
  next += TICK_MS;
  systemClock.after(Math.max(0, next - performance.now()), tick);
}

async function place(request: Extract<CallersRequest, { type: 'place' }>): Promise<void> {
  for (let i = 0; i < request.calls; i++) {
    if (request.direct !== null) connect(request.direct, `CA${randomBytes(16).toString('hex')}`, {}, {});
    else if (request.api !== null) await dial(request.api, i);
    await sleep(systemClock, STAGGER_MS);
  }
}

async function dial(api: { baseUrl: string; token: string }, index: number): Promise<void> {
  const response = await fetch(`${api.baseUrl}/api/calls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to: `+1555${String(1_000_000 + index)}`, displayName: 'Alice' }),
  });
  if (!response.ok) process.stderr.write(`a call was refused: ${await response.text()}\n`);
}

/** The callee picks up: the product says what is to be done, and is connected. */
async function answer(callSid: string, url: string, statusCallback: string): Promise<void> {
  const fields = {
    CallSid: callSid,
    AccountSid: accountSid,
    CallStatus: 'in-progress',
    Direction: 'outbound-api',
  };
  const [stream] = parseTwiml(await postSigned(authToken, url, fields));
  if (stream?.verb !== 'stream') throw new Error(`the product answered with ${stream?.verb}`);
  const startedAt = performance.now();
  const signature = twilioSignature(authToken, stream.url, {});
  connect(stream.url, callSid, { 'x-twilio-signature': signature }, stream.parameters);
  ended.push(() => {
    const seconds = Math.ceil((performance.now() - startedAt) / 1_000);
    const done = { ...fields, CallStatus: 'completed', CallDuration: String(seconds), SequenceNumber: '4' };
    postSigned(authToken, statusCallback, done).catch((error: Error) =>
      process.stderr.write(`${error.message}\n`),
    );
  });
}

function connect(
  url: string,
  callSid: string,
  headers: Record<string, string>,
  parameters: Record<string, string>,
): void {
  const streamSid = `MZ${randomBytes(16).toString('hex')}`;
  const line = new LoadLine({ url, headers, streamSid, callSid, accountSid, parameters });
  if (measuring) line.measureFromNow();
  lines.push(line);
}

function hangUp(): void {
  for (const line of lines) line.hangUp();
  for (const report of ended) report();
  lags.sort((a, b) => a - b);
  const loopLagP99Ms = lags[Math.floor(lags.length * 0.99)] ?? 0;
  tell({ type: 'figures', lines: lines.map((line) => line.figures), loopLagP99Ms, opened: lines.length });
  lines.length = 0;
  ended.length = 0;
  measuring = false;
}

function tell(message: CallersMessage): void {
  process.send?.(message);
}
