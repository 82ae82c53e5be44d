import express, { type Request, type Response } from 'express';
import { DialRefused } from '../../dialing/gate.ts';
import { describeError, RingbackError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { statusOf } from '../problems.ts';
import { escapeHtml, type Page, sendPage } from './html.ts';

/** What the pages behind a payer's link have in common: the key in the path, small forms, and errors that a payer can read. */

const FORM_LIMIT = '2kb';

export const payerForm = express.urlencoded({ extended: false, limit: FORM_LIMIT });

export type ServePayer = (token: string, request: Request, response: Response) => Promise<void>;

export function payerPage(log: Logger, serve: ServePayer) {
  return async (request: Request, response: Response): Promise<void> => {
    try {
      await serve(String(request.params.token), request, response);
    } catch (error) {
      sendPage(response, ...problemPage(log, error));
    }
  };
}

const STATUS: Readonly<Record<string, number>> = {
  link_unknown: 404,
  approval_over: 410,
  payer_blocked: 403,
  answer_unclear: 422,
  checkout_over: 410,
  checkout_failed: 502,
};

/** What a payer reads when something went wrong; the operator finds the rest in the log. */
function problemPage(log: Logger, error: unknown): [status: number, page: Page] {
  const isKnown = error instanceof RingbackError;
  if (!isKnown) log.error({ problem: describeError(error) }, 'a payer’s page failed');
  const title = isKnown ? error.message : 'The payment service did not answer.';
  const remedy =
    error instanceof DialRefused
      ? 'Nothing was charged. While this link is valid you can come back later and press the button again.'
      : isKnown
        ? error.remedy
        : 'Nothing was charged. Go back and press the button again; pressing twice never pays twice.';
  const body = `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(remedy)}</p>`;
  return [isKnown ? (STATUS[error.code] ?? statusOf(error.code)) : 502, { title: 'Ringback', body }];
}

/** The fields of a form that was sent. */
export function answerOf(request: Request): Record<string, unknown> {
  return (request.body ?? {}) as Record<string, unknown>;
}

export function unclear(): RingbackError {
  return new RingbackError('answer_unclear', 'The answer was not understood; nothing was changed.', {
    remedy: 'Go back and choose one of the buttons.',
  });
}
