import express, { type Request, type Response, Router } from 'express';
import type { CallMe } from '../call/call-me.ts';
import type { Calls } from '../call/lifecycle.ts';
import type { Receiver } from '../call/receiver.ts';
import type { CallRow, CallStore } from '../call/store.ts';
import type { Asking } from '../dialing/asking.ts';
import type { Attempts } from '../dialing/attempts.ts';
import type { Suppressions } from '../dialing/suppressions.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { E164 } from '../phone-number.ts';
import type { FloodGuard } from './flood-guard.ts';
import { answerText } from './inbound-texts.ts';
import type { TwilioSignatures } from './signatures.ts';
import { readStatus } from './status-lattice.ts';
import type { Texts } from './texts.ts';
import { hangUpTwiml, rejectTwiml, sorryTwiml, streamTwiml } from './twiml.ts';

export interface WebhookParts {
  calls: Calls;
  store: CallStore;
  signatures: TwilioSignatures;
  suppressions: Suppressions;
  asking: Asking;
  callMe: CallMe;
  texts: Texts;
  /** A recording of a call is ready, or there is nothing in it. */
  collectSoon(callId: string): Promise<void>;
  receiver: Receiver;
  floodGuard: FloodGuard;
  attempts: Attempts;
  /** Where this instance's media socket can be reached. */
  streamBaseUrl: string;
  log: Logger;
}

const BODY_LIMIT = '64kb';
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

type Form = Record<string, string>;

/** The URLs that Twilio calls. Every one of them is refused without Twilio's signature. */
export function twilioWebhooks(parts: WebhookParts): Router {
  const router = Router();
  router.use(express.urlencoded({ extended: false, limit: BODY_LIMIT }));
  router.use((request, response, next) => {
    if (
      parts.signatures.isValidWebhook(
        request.get('x-twilio-signature'),
        request.originalUrl,
        request.body ?? {},
      )
    )
      return next();
    parts.log.warn({ path: request.path }, 'refused a webhook without a valid Twilio signature');
    response.status(403).type('text/plain').send('The X-Twilio-Signature does not match this request.');
  });
  router.post('/voice', (request, response) => answerVoice(parts, request, response));
  router.post('/status', (request, response) => takeStatus(parts, request, response));
  router.post('/amd', (request, response) => takeAnsweredBy(parts, request, response));
  router.post('/recording', (request, response) => takeRecording(parts, request, response));
  router.post('/sms', (request, response) => takeText(parts, request, response));
  router.post('/fallback', (_request, response) => sendTwiml(response, sorryTwiml()));
  return router;
}

/** Twilio asks what to do with an answered call. */
async function answerVoice(parts: WebhookParts, request: Request, response: Response): Promise<void> {
  const callId = callIdOf(request);
  const form = request.body as Form;
  if (callId === undefined && form.Direction === 'inbound') return takeCall(parts, form, response);
  try {
    if (callId === undefined) throw new Error('the URL names no call');
    const attempt = attemptOf(request);
    await adoptCarrierId(parts, callId, attempt, request.body as Form);
    const token = await parts.calls.issueStreamToken(callId, attempt);
    sendTwiml(response, streamTwiml({ streamBaseUrl: parts.streamBaseUrl, callId, token }));
  } catch (error) {
    parts.log.warn(
      { callId, problem: describeError(error) },
      'an answered call cannot be served and is hung up',
    );
    sendTwiml(response, hangUpTwiml());
  }
}

/** Somebody rings our number: unanswered, until it is known who pays. */
async function takeCall(parts: WebhookParts, form: Form, response: Response): Promise<void> {
  const { From: from = '', CallSid: carrierSid = '', StirVerstat: verstat = '' } = form;
  if (!E164.test(from) || !parts.floodGuard.admits(from)) return sendTwiml(response, rejectTwiml('rejected'));
  const isAttested = verstat === 'TN-Validation-Passed-A';
  const reception = await parts.receiver.receive({ carrierSid, from, isAttested });
  if (reception.kind === 'reject') return sendTwiml(response, rejectTwiml(reception.reason));
  const { callId, token } = reception;
  sendTwiml(response, streamTwiml({ streamBaseUrl: parts.streamBaseUrl, callId, token }));
}

/** A text that somebody sent us, or word of one that we sent. */
async function takeText(parts: WebhookParts, request: Request, response: Response): Promise<void> {
  const form = request.body as Form;
  const { messageId } = request.query;
  if (form.MessageStatus === undefined) return sendTwiml(response, await answerText(parts, form));
  if (typeof messageId === 'string' && UUID.test(messageId))
    await parts.texts.onStatus(messageId, form.MessageStatus, form.ErrorCode);
  response.status(204).end();
}

async function takeStatus(parts: WebhookParts, request: Request, response: Response): Promise<void> {
  const form = request.body as Form;
  const call = await callOf(parts, request);
  const status = form.CallStatus ?? '';
  const attempt = attemptOf(request);
  const reading = call === undefined ? undefined : readStatus(status, call.state);
  if (call === undefined || reading === undefined) {
    parts.log.warn({ status }, 'a status callback names no call or no status that is known');
  } else if (attempt !== call.attempts) {
    if (reading.state === 'ended') await parts.attempts.over(call.id, attempt, status);
  } else if (reading.advances || reading.state === 'ended') {
    const billedSeconds = form.CallDuration === undefined ? null : Number(form.CallDuration);
    if (call.carrierSid === null) await adoptCarrierId(parts, call.id, attempt, form);
    await parts.store.applyStatus(call.id, attempt, {
      sequence: Number(form.SequenceNumber ?? 0),
      status,
      // 'live' and 'ended' are set where the stream opens and the books close.
      state: reading.state === 'dialing' || reading.state === 'ringing' ? reading.state : null,
      durationSeconds: billedSeconds,
    });
    await parts.calls.onCarrierState(call, { state: reading.state, status, billedSeconds });
  }
  response.status(204).end();
}

async function takeAnsweredBy(parts: WebhookParts, request: Request, response: Response): Promise<void> {
  const call = await callOf(parts, request);
  const { AnsweredBy: answeredBy } = request.body as Form;
  if (call !== undefined && answeredBy !== undefined && attemptOf(request) === call.attempts)
    await parts.calls.onAnsweredBy(call.id, answeredBy);
  response.status(204).end();
}

async function takeRecording(parts: WebhookParts, request: Request, response: Response): Promise<void> {
  const callId = callIdOf(request);
  if (callId !== undefined) await parts.collectSoon(callId);
  response.status(204).end();
}

async function callOf(parts: WebhookParts, request: Request): Promise<CallRow | undefined> {
  const callId = callIdOf(request);
  if (callId !== undefined)
    return parts.store.find({ kind: 'system', purpose: 'serve a Twilio webhook' }, callId);
  // Callbacks that are set on the number itself name the call by the carrier's id alone.
  const { CallSid: carrierSid } = request.body as Form;
  return carrierSid === undefined ? undefined : parts.store.findByCarrierSid(carrierSid);
}

/** The answer to our dial may be lost, or slower than the phone: every request about the call carries its id, too. */
async function adoptCarrierId(
  { attempts }: WebhookParts,
  callId: string,
  attempt: number,
  { CallSid: carrierSid }: Form,
): Promise<void> {
  if (carrierSid !== undefined) await attempts.dialed(callId, attempt, carrierSid);
}

/** Which time of dialling the request is about. */
function attemptOf(request: Request): number {
  const attempt = Number(request.query.attempt);
  return Number.isInteger(attempt) ? attempt : 1;
}

function callIdOf(request: Request): string | undefined {
  const { callId } = request.query;
  return typeof callId === 'string' && UUID.test(callId) ? callId : undefined;
}

function sendTwiml(response: Response, twiml: string): void {
  response.type('text/xml').send(twiml);
}
