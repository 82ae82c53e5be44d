import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Faults } from '../faults.ts';
import { sendJson } from '../http.ts';
import type { Journal } from '../journal.ts';
import { Timers } from '../timers.ts';
import { postSigned } from './callbacks.ts';
import { sendError } from './errors.ts';

export interface MessagesParts {
  accountSid: string;
  authToken: string;
  faults: Faults;
  journal: Journal;
}

const E164 = /^\+[1-9]\d{6,14}$/;
/** How long the network takes to deliver. */
const DELIVERED_AFTER_MS = 60;
/** "Unreachable destination handset". */
const UNREACHABLE = '30003';
/** The carrier's own words (twilio.com/docs, "Support for opt-out keywords"). */
const STOP = new Set(['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'optout', 'revoke']);
const START = new Set(['start', 'yes', 'unstop']);

/** Twilio's texts: taken, delivered and told of; whoever wrote STOP is written to no more. */
export class Messages {
  readonly #parts: MessagesParts;
  readonly #optedOut = new Set<string>();
  readonly #timers = new Timers();

  constructor(parts: MessagesParts) {
    this.#parts = parts;
  }

  create(form: URLSearchParams, response: ServerResponse): void {
    const to = form.get('To') ?? '';
    const body = form.get('Body') ?? '';
    if (!E164.test(to))
      return sendError(response, 400, 21211, `The 'To' number ${to} is not a valid phone number.`);
    if (body === '') return sendError(response, 400, 21602, 'Message body is required.');
    if (this.#optedOut.has(to))
      return sendError(response, 400, 21610, 'Attempt to send to unsubscribed recipient');
    const sid = `SM${randomBytes(16).toString('hex')}`;
    const callback = form.get('StatusCallback');
    if (callback !== null) this.#tell(sid, to, form.get('From') ?? '', callback);
    sendJson(response, 201, {
      sid,
      account_sid: this.#parts.accountSid,
      to,
      from: form.get('From'),
      body,
      status: 'queued',
      num_segments: String(Math.max(1, Math.ceil(body.length / 153))),
      price: null,
    });
  }

  /** Somebody texts the account's number. @returns what its URL answers. */
  async receive({ from, to, body, url }: { from: string; to: string; body: string; url: string }) {
    const word = body.trim().toLowerCase();
    if (STOP.has(word)) this.#optedOut.add(from);
    if (START.has(word)) this.#optedOut.delete(from);
    return postSigned(this.#parts.authToken, url, {
      MessageSid: `SM${randomBytes(16).toString('hex')}`,
      AccountSid: this.#parts.accountSid,
      From: from,
      To: to,
      Body: body,
      NumMedia: '0',
      NumSegments: '1',
    });
  }

  close(): void {
    this.#timers.clear();
  }

  #tell(sid: string, to: string, from: string, url: string): void {
    const isLost = this.#parts.faults.take('twilio', ['texts-undelivered']) !== null;
    const last: Record<string, string> = isLost
      ? { MessageStatus: 'undelivered', ErrorCode: UNREACHABLE }
      : { MessageStatus: 'delivered' };
    const forms = [{ MessageStatus: 'sent' }, last].map((status) => ({
      MessageSid: sid,
      SmsSid: sid,
      AccountSid: this.#parts.accountSid,
      From: from,
      To: to,
      ApiVersion: '2010-04-01',
      ...status,
    }));
    this.#timers.after(DELIVERED_AFTER_MS, () => void this.#post(url, forms));
  }

  async #post(url: string, forms: readonly Record<string, string>[]): Promise<void> {
    for (const form of forms) {
      try {
        await postSigned(this.#parts.authToken, url, form);
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        this.#parts.journal.note('twilio', 'callback-failed', { sid: form.MessageSid, problem });
      }
    }
  }
}
