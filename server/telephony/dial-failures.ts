import type { DialResult } from '../call/ports.ts';

/** What Twilio's refusals mean to somebody who wanted a call (twilio.com/docs/api/errors). */
const MEANINGS: Readonly<Record<string, { problem: string; remedy: string }>> = {
  '10004': {
    problem: 'The account has as many calls under way as Twilio lets it have.',
    remedy: 'Try again in a minute, or have Twilio raise the limit.',
  },
  '13227': {
    problem: 'The account may not call this country.',
    remedy: 'Allow the country under Geo Permissions in Twilio’s console.',
  },
  '20003': {
    problem: 'Twilio does not know this account.',
    remedy: 'Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.',
  },
  '20429': {
    problem: 'Twilio takes no more requests at the moment.',
    remedy: 'Try again in a minute; lower callsPerSecond under /api/settings/dialing if it happens often.',
  },
  '21202': {
    problem: 'This is a premium number.',
    remedy: 'Give the number of a person’s own phone.',
  },
  '21210': {
    problem: 'The number that calls is not one of the account’s.',
    remedy: 'Set TWILIO_PHONE_NUMBER to a number of the account, or verify it.',
  },
  '21211': { problem: 'No phone has this number.', remedy: 'Check the digits.' },
  '21215': {
    problem: 'The account may not call this number’s region.',
    remedy: 'Allow it under Geo Permissions in Twilio’s console.',
  },
  '21216': {
    problem: 'Twilio blocks calls to this number.',
    remedy: 'Complete the account’s business profile (Trust Hub), or ask Twilio’s support.',
  },
  '21219': {
    problem: 'A trial account calls verified numbers only.',
    remedy: 'Verify the number in Twilio’s console, or upgrade the account.',
  },
};

const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * What a failed request to ring a number says about the phone: refused when Twilio said so, or was never reached;
 * unknown when the answer was lost on the way or Twilio broke, because then the phone may be ringing.
 */
export function dialFailure(error: unknown): Exclude<DialResult, { kind: 'dialed' }> {
  const { code, status, message } = error as { code?: string | number; status?: number; message?: string };
  const said = `Twilio: ${message ?? 'the request failed'}`;
  const isAnswer = status !== undefined && status >= 400 && status < 500;
  if (!isAnswer && !NEVER_ARRIVED.has(String(code))) return { kind: 'unknown', problem: said };
  return {
    kind: 'refused',
    code: String(code ?? status),
    problem: MEANINGS[String(code)]?.problem ?? said,
    remedy: MEANINGS[String(code)]?.remedy ?? 'Check the number and the Twilio settings.',
  };
}
