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
  /** The callee presses a key. */
  press(carrierSid: string, digit: string): Promise<void>;
  /** The carrier says what the call cost, as Twilio writes it. */
  price(carrierSid: string, price: string): Promise<void>;
}

export async function startTestSandbox(delays: VendorDelays = DELAYS.usual): Promise<TestSandbox> {
  const sandbox = await startSandbox({ profile: 'speech', delays, credentials, ports: {} });
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${sandbox.controlUrl}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  };
  return {
    ...sandbox,
    fault: (fault) => post('/faults', fault),
    async clearFaults() {
      await fetch(`${sandbox.controlUrl}/faults`, { method: 'DELETE' });
    },
    putCaller: (number, caller) => post('/callers', { number, caller }),
    utterance: (text, voice = 'slt') => post('/utterances', { text, voice }),
    hangUp: (carrierSid) => post(`/calls/${carrierSid}/hang-up`, {}),
    press: (carrierSid, digit) => post(`/calls/${carrierSid}/keys`, { digit }),
    price: (carrierSid, price) => post(`/calls/${carrierSid}/price`, { price }),
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
