import type { ServerResponse } from 'node:http';
import { sendJson } from '../http.ts';

/** A refusal as Twilio writes it. @param code of twilio.com/docs/api/errors. */
export function sendError(response: ServerResponse, status: number, code: number, message: string): void {
  sendJson(response, status, {
    code,
    message,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  });
}
