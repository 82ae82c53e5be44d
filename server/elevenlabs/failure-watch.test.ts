import { describe, expect, it } from 'vitest';
import type { Logger } from '../log.ts';
import { type AnomalySettings, FailureWatch } from './failure-watch.ts';

/** Alerts about payloads that cannot be read, by the customer's settings. */

const DEFAULTS: AnomalySettings = {
  enabled: true,
  failures: 5,
  windowSeconds: 300,
  tellsLostQuarantine: true,
};

function watch(change: Partial<AnomalySettings> = {}) {
  const told: string[] = [];
  const log = {
    error: (_fields: object, message: string) => told.push(`error: ${message}`),
    warn: (_fields: object, message: string) => told.push(`warn: ${message}`),
  } as unknown as Logger;
  let nowMs = 0;
  const failures = new FailureWatch({ ...DEFAULTS, ...change }, () => nowMs, log);
  const fail = async (atS: number, kept: Promise<unknown> = Promise.resolve()) => {
    nowMs = atS * 1_000;
    await failures.note(kept);
  };
  return { told, fail };
}

describe('payloads that cannot be read', () => {
  it('raise one alert at the fifth within 300 s', async () => {
    const { told, fail } = watch();
    for (const at of [0, 50, 100, 150]) await fail(at);
    expect(told).toEqual([]);
    await fail(299);
    await fail(299.5);
    expect(told).toEqual(['error: webhook payloads cannot be read']);
  });

  it('raise none when they come one by one, or when nobody wants to be told', async () => {
    const slow = watch();
    for (let at = 0; at < 1_000; at += 80) await slow.fail(at);
    const off = watch({ enabled: false });
    for (let at = 0; at < 10; at++) await off.fail(at);
    expect([slow.told, off.told]).toEqual([[], []]);
  });

  it('that could not be kept are told as loud as was asked for', async () => {
    const [loud, quiet] = [watch(), watch({ tellsLostQuarantine: false })];
    for (const { fail } of [loud, quiet]) await fail(0, Promise.reject(new Error('the database is gone')));
    expect([loud.told, quiet.told]).toEqual([
      ['error: an unreadable payload could not be kept'],
      ['warn: an unreadable payload could not be kept'],
    ]);
  });
});
