import { systemClock } from '../server/clock.ts';
import type { CallerDescription } from '../server/sandbox/callers/scripts.ts';
import { DELAYS, type VendorDelays } from '../server/sandbox/delays.ts';
import type { Fault } from '../server/sandbox/faults.ts';
import type { JournalEntry } from '../server/sandbox/journal.ts';
import { type Sandbox, startSandbox } from '../server/sandbox/sandbox.ts';

export const credentials = {
  accountSid: `AC${'7'.repeat(32)}`,
  authToken: 'test-auth-token',
  apiKey: 'test-key',
};

/** The stand-ins, on free ports, with what tests ask of them. */
export interface TestSandbox extends Sandbox {
  fault(fault: Partial<Fault> & Pick<Fault, 'vendor' | 'kind'>): Promise<void>;
  clearFaults(): Promise<void>;
  journal(vendor: string): Promise<JournalEntry[]>;
  putCaller(
    number: string,
    caller: Partial<CallerDescription> & Pick<CallerDescription, 'lines'>,
  ): Promise<void>;
  utterance(text: string, voice?: string): Promise<void>;
  /** The callee hangs up; the carrier reports the call as over. */
  hangUp(carrierSid: string): Promise<void>;
  /** Somebody calls our number. Resolves to the carrier's id of the call. */
  ringIn(call: { from: string; to: string; url: string; stirVerstat?: string }): Promise<string>;
  /** Somebody texts our number. Resolves to the TwiML with which we answer. */
  textIn(text: { from: string; to: string; body: string; url: string }): Promise<string>;
  /** What the carrier says of a call. */
  carrierCall(carrierSid: string): Promise<{ status: string; duration: string | null }>;
  /** The callee presses a key. */
  press(carrierSid: string, digit: string): Promise<void>;
  /** The carrier says what the call cost, as Twilio writes it. */
  price(carrierSid: string, price: string): Promise<void>;
}

/** @param pretendsToHear for people who talk into a microphone. */
export async function startTestSandbox(
  delays: VendorDelays = DELAYS.usual,
  pretendsToHear = false,
): Promise<TestSandbox> {
  const sandbox = await startSandbox({
    profile: 'speech',
    delays,
    credentials,
    ports: {},
    pretendsToHear,
  });
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${sandbox.controlUrl}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return response;
  };
  const tell = async (path: string, body: unknown): Promise<void> => {
    await (await post(path, body)).text(); // an answer that is not read keeps its connection
  };
  return {
    ...sandbox,
    fault: (fault) => tell('/faults', fault),
    async clearFaults() {
      await (await fetch(`${sandbox.controlUrl}/faults`, { method: 'DELETE' })).text();
    },
    putCaller: (number, caller) => tell('/callers', { number, caller }),
    utterance: (text, voice = 'slt') => tell('/utterances', { text, voice }),
    hangUp: (carrierSid) => tell(`/calls/${carrierSid}/hang-up`, {}),
    async ringIn(call) {
      const response = await post('/inbound', call);
      return ((await response.json()) as { sid: string }).sid;
    },
    async textIn(text) {
      return ((await (await post('/texts', text)).json()) as { twiml: string }).twiml;
    },
    async carrierCall(carrierSid) {
      const { accountSid, authToken } = credentials;
      const response = await fetch(
        `${sandbox.urls.twilio}/2010-04-01/Accounts/${accountSid}/Calls/${carrierSid}.json`,
        {
          headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
        },
      );
      return (await response.json()) as { status: string; duration: string | null };
    },
    press: (carrierSid, digit) => tell(`/calls/${carrierSid}/keys`, { digit }),
    price: (carrierSid, price) => tell(`/calls/${carrierSid}/price`, { price }),
    async journal(vendor) {
      const response = await fetch(`${sandbox.controlUrl}/journal?vendor=${vendor}`);
      return ((await response.json()) as { entries: JournalEntry[] }).entries;
    },
  };
}

const POLL_MS = 10;

/** Waits until something holds, and fails with what was awaited when it never does. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await new Promise<void>((resolve) => {
      systemClock.after(POLL_MS, resolve);
    });
  }
}

/** Collects promises that were rejected with nobody listening: by default one of them ends the process, and every call with it. */
export function watchRejections(): { all: unknown[]; stop(): void } {
  const all: unknown[] = [];
  const note = (reason: unknown) => all.push(reason);
  process.on('unhandledRejection', note);
  return { all, stop: () => process.off('unhandledRejection', note) };
}

/** A port on which nothing listens. */
export const CLOSED_PORT_URL = 'http://127.0.0.1:9';
