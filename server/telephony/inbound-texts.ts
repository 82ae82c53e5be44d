import twilio from 'twilio';
import type { CallMe } from '../call/call-me.ts';
import type { Asking } from '../dialing/asking.ts';
import type { Suppressions } from '../dialing/suppressions.ts';
import type { Logger } from '../log.ts';
import { E164 } from '../phone-number.ts';
import type { FloodGuard } from './flood-guard.ts';

/** What Twilio and the carriers take as STOP and START (twilio.com/docs, "Support for opt-out keywords"). */
const STOP = new Set(['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'optout', 'revoke']);
const START = new Set(['start', 'unstop']);
const HELP = new Set(['help', 'info']);
const YES = new Set(['yes', 'y', 'ok', 'okay']);

const CALL_ME = new Set([
  'call',
  'callme',
  'callback',
  'callmeback',
  'callmenow',
  'pleasecallme',
  'callmeplease',
]);

const HELP_TEXT =
  'Ringback: calls from an AI that somebody asked for. Reply STOP for no more texts and calls, START to have them again, CALL ME to be called.';

const AGREED_TEXT = 'Thank you. You can be called now. Reply STOP at any time for no more calls and texts.';

export interface InboundTextParts {
  suppressions: Suppressions;
  asking: Asking;
  callMe: CallMe;
  floodGuard: FloodGuard;
  log: Logger;
}

/**
 * A text that somebody sent us. STOP ends calls too; START takes that back. YES answers our question for consent;
 * CALL ME has us call.
 * @returns TwiML; STOP and START are answered by the carrier, so there is nothing to say.
 */
export async function answerText(
  { suppressions, asking, callMe, floodGuard, log }: InboundTextParts,
  { From: from = '', Body: body = '' }: Readonly<Record<string, string>>,
): Promise<string> {
  const response = new twilio.twiml.MessagingResponse();
  const word = body
    .trim()
    .toLowerCase()
    .replace(/[^a-z]/g, '');
  if (!E164.test(from)) log.warn('a text came without a number that could be answered');
  else if (STOP.has(word)) await suppressions.suppress(from, 'text');
  else if (START.has(word)) await suppressions.lift(from, 'text', 'text');
  else if (!floodGuard.admits(from)) log.warn('somebody texts more often than they are answered');
  else if (HELP.has(word)) response.message(HELP_TEXT);
  else if (YES.has(word) && (await asking.answerYes(from))) response.message(AGREED_TEXT);
  else if (CALL_ME.has(word)) {
    const answer = await callMe.answer(from, body.trim());
    if (answer !== null) response.message(answer);
  }
  return response.toString();
}
