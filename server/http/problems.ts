import type { ErrorRequestHandler, Response } from 'express';
import { DIAL_RULES, PASSING_RULES } from '../dialing/rules.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** An error as every /api route reports it (RFC 9457). `detail` says what to do. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
}

export function sendProblem(
  response: Response,
  status: number,
  code: string,
  title: string,
  detail: string,
): void {
  const problem: Problem = { type: `urn:ringback:${code}`, title, status, detail };
  response.status(status).type('application/problem+json').send(JSON.stringify(problem));
}

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  persona_unknown: 422,
  ...dialStatuses(),
  setting_changed: 409,
  schedule_unknown: 404,
  schedule_empty: 422,
  consent_unknown: 404,
  asked_lately: 429,
  call_unknown: 404,
  link_unknown: 404,
  approval_over: 409,
  dev_phone_busy: 503,
  sandbox_unreachable: 502,
  recording_unknown: 404,
  dial_failed: 502,
  draining: 503,
  budget_exhausted: 402,
  cap_too_small: 422,
  too_many_codes: 429,
  event_unsigned: 400,
  webhook_unsigned: 401,
  webhook_secret_wrong: 401,
  webhook_off: 503,
  endpoint_unknown: 404,
  endpoint_invalid: 422,
  delivery_unknown: 404,
  webhook_unreadable: 422,
  wrong_code: 401,
  passkey_refused: 401,
  passkey_unknown: 404,
  token_unknown: 404,
  scope_excess: 403,
  persona_invalid: 422,
  relationship_unknown: 404,
  relationship_invalid: 422,
  memory_unknown: 404,
  persona_silent: 422,
  suppression_unknown: 404,
  promise_unknown: 404,
  payload_unknown: 404,
  seal_broken: 500,
  due_unreadable: 422,
  memory_key_invalid: 422,
  user_unknown: 404,
  age_stated: 403,
  mandate_unusable: 409,
  payer_unknown: 404,
  payer_blocked: 403,
  refund_too_large: 409,
  refund_differs: 409,
  payments_off: 503,
  rate_card_overlaps: 409,
  rate_card_unknown: 404,
  rate_card_unknown_sku: 422,
  forbidden_user: 403,
  user_missing: 422,
};

/** Why a number is not rung: who waits gets further with some, and with others nobody does. */
function dialStatuses(): Record<string, number> {
  return Object.fromEntries(
    DIAL_RULES.map((rule) => [
      rule,
      rule.startsWith('too_many') || rule.endsWith('_too_fast') || rule.endsWith('_too_many')
        ? 429
        : PASSING_RULES.has(rule)
          ? 409
          : rule === 'number_invalid'
            ? 422
            : 403,
    ]),
  );
}

/** With which HTTP status an error is told. */
export function statusOf(code: string): number {
  return STATUS_BY_CODE[code] ?? 500;
}

/** How the driver and PostgreSQL say that a connection is not there, or no more. */
const DATABASE_AWAY = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  '57P01', // terminated by an administrator
  '57P02',
  '57P03', // starting up or shutting down
]);

/** The last handler: turns whatever was thrown into a problem, and logs what is our own fault. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof RingbackError) {
      sendProblem(response, statusOf(error.code), error.code, error.message, error.remedy);
      return;
    }
    const { type, status, code } = error as { type?: string; status?: number; code?: string };
    if (code !== undefined && DATABASE_AWAY.has(code)) {
      log.warn({ path: request.path, code }, 'a request came while the database could not be reached');
      response.setHeader('Retry-After', '2');
      return sendProblem(
        response,
        503,
        'database_away',
        'The database cannot be reached at present.',
        'Try again in some seconds; what changes something, only when it is not there.',
      );
    }
    if (type === 'entity.too.large')
      return sendProblem(
        response,
        413,
        'body_too_large',
        'The request body is too large.',
        'Send less than 64 kB.',
      );
    if (type === 'entity.parse.failed')
      return sendProblem(
        response,
        400,
        'body_not_json',
        'The request body is not valid JSON.',
        'Send one JSON object.',
      );
    if (status !== undefined && status >= 400 && status < 500)
      return sendProblem(
        response,
        status,
        'bad_request',
        'The request cannot be read.',
        describeError(error).message,
      );
    log.error({ path: request.path, problem: describeError(error) }, 'a request failed');
    sendProblem(
      response,
      500,
      'internal',
      'Something went wrong on our side.',
      'Try again; if it happens again, tell the operator the time of the request.',
    );
  };
}
