import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { RingbackError } from './errors.ts';
import { packageRoot } from './paths.ts';
import { variables } from './variables.ts';
import { vendorTable } from './vendors.ts';

const LIVE = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 'token',
  DEEPGRAM_API_KEY: 'a',
  CARTESIA_API_KEY: 'b',
  CEREBRAS_API_KEY: 'c',
  STRIPE_SECRET_KEY: 'd',
  PUBLIC_BASE_URL: 'https://ringback.example',
};

function refusal(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof RingbackError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('.env.example', () => {
  const text = readFileSync(path.join(packageRoot, '.env.example'), 'utf8');

  it('names every variable with its meaning and its default, and no other', () => {
    const listed = [...text.matchAll(/^# (.+)\n(# )?([A-Z_]+)=(.*)$/gm)].map(
      ([, about, commented, name, value]) => ({
        name,
        about,
        fallback: commented === undefined ? value : null,
      }),
    );
    expect(listed).toEqual(variables.map(({ name, about, fallback }) => ({ name, about, fallback })));
  });

  it('can be used as it is', () => {
    const environment = Object.fromEntries(
      [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value ?? '']),
    );
    expect(loadConfig(environment).live).toBe(false);
  });
});

describe('configuration', () => {
  it('needs nothing: every vendor is left to the sandbox', () => {
    const config = loadConfig({});
    expect(config.port).toBe(3_000);
    expect(Object.values(config.vendors).every((vendor) => vendor.mode === 'sandbox')).toBe(true);
  });

  it.each([
    [{ PORT: 'eighty' }, 'PORT is "eighty"'],
    [{ PORT: '70000' }, 'PORT is "70000"'],
    [{ PUBLIC_BASE_URL: 'ringback.example' }, 'PUBLIC_BASE_URL'],
    [{ TWILIO_PHONE_NUMBER: '555-0199' }, 'TWILIO_PHONE_NUMBER'],
    [{ DATABASE_URL: 'mysql://localhost/x' }, 'DATABASE_URL'],
    [{ DEEPGRAM_BASE_URL: 'not a url' }, 'DEEPGRAM_BASE_URL'],
    [{ OPENAI_BASE_URL: 'http://models.example/v1' }, 'OPENAI_API_KEY is needed'],
  ])('refuses %j and names what is wrong', (environment, name) => {
    expect(refusal(environment)).toContain(name);
  });

  it('names everything that is wrong at once', () => {
    const message = refusal({ PORT: 'x', DATABASE_URL: 'x' });
    expect(message).toContain('PORT');
    expect(message).toContain('DATABASE_URL');
  });

  it('is live with a real Twilio key, and then misses the other keys by name', () => {
    expect(loadConfig(LIVE).live).toBe(true);
    const { DEEPGRAM_API_KEY: _, CEREBRAS_API_KEY: __, STRIPE_SECRET_KEY: ___, ...rest } = LIVE;
    const message = refusal(rest);
    for (const name of ['DEEPGRAM_API_KEY', 'CEREBRAS_API_KEY or OPENAI_API_KEY', 'STRIPE_SECRET_KEY'])
      expect(message).toContain(name);
  });

  it('lets no stand-in into production', () => {
    expect(refusal({ NODE_ENV: 'production' })).toContain('TWILIO_AUTH_TOKEN');
    expect(refusal({ ...LIVE, NODE_ENV: 'production', DEEPGRAM_BASE_URL: 'http://127.0.0.1:1' })).toContain(
      'plain http',
    );
    expect(
      refusal({
        ...LIVE,
        NODE_ENV: 'production',
        DEEPGRAM_BASE_URL: 'http://127.0.0.1:1',
        ALLOW_INSECURE_VENDOR_URLS: '1',
      }),
    ).toBe('accepted');
  });

  it('rings only listed numbers on pretended money', () => {
    const { STRIPE_SECRET_KEY: _, ...rest } = LIVE;
    const config = loadConfig({
      ...rest,
      ALLOW_SANDBOX_MONEY: '1',
      SANDBOX_MONEY_NUMBERS: '+15550100, +15550101',
    });
    expect(config.sandboxMoneyNumbers).toEqual(['+15550100', '+15550101']);
    expect(refusal({ ...rest, ALLOW_SANDBOX_MONEY: '1', SANDBOX_MONEY_NUMBERS: '5550100' })).toContain(
      'SANDBOX_MONEY_NUMBERS',
    );
  });

  it('treats a loopback address as a stand-in, with or without a key', () => {
    const { vendors, live } = loadConfig({
      TWILIO_API_BASE_URL: 'http://127.0.0.1:4010',
      TWILIO_AUTH_TOKEN: 'x',
      DEEPGRAM_BASE_URL: 'http://localhost:4020/',
    });
    expect(live).toBe(false);
    expect(vendors.twilio.mode).toBe('stand-in');
    expect(vendors.deepgram).toEqual({ mode: 'stand-in', apiKey: '', baseUrl: 'http://localhost:4020' });
    expect(vendorTable(vendors)).toMatch(/deepgram\s+sandbox\s+http:\/\/localhost:4020/);
  });
});
