import { FEE_POLICIES, type FeePolicy } from './cost/card-fee.ts';
import type { AnomalySettings } from './elevenlabs/failure-watch.ts';
import { RingbackError } from './errors.ts';
import { E164 } from './phone-number.ts';
import { type MasterKey, parseMasterKeys } from './security/master-keys.ts';
import { variables } from './variables.ts';
import { resolveVendors, type VendorName, type VendorSettings } from './vendors.ts';

export interface MirrorSettings {
  name: 'supermemory' | 'openmemory';
  baseUrl: string;
  apiKey: string;
}

export interface Config {
  port: number;
  /** Undefined until the port is known, when nothing was configured. */
  publicBaseUrl: string | undefined;
  instancePublicBaseUrl: string | undefined;
  /** Proxies before us, whose word on the caller's address is taken. */
  trustedProxies: number;
  databaseUrl: string | undefined;
  /** How long calls may take to end by themselves when the process is told to stop. */
  drainMs: number;
  /** An instance whose event loop is later than this takes no new calls; 0 for never. */
  maxLoopLagMs: number;
  /** As many calls as the vendors' plans allow at once, over all instances; null for no limit of ours. */
  vendorCeiling: number | null;
  /** True when real phones can ring or NODE_ENV is production. */
  live: boolean;
  /** Whether a browser can be used as a phone. */
  devPhone: boolean;
  /** Where the sandbox is steered from; null where there is none. */
  sandboxControlUrl: string | null;
  twilio: { accountSid: string; authToken: string; phoneNumber: string };
  models: { cerebras: string; openai: string };
  /** Where a live process may ring while its money is pretended; null when it may ring anybody. */
  sandboxMoneyNumbers: string[] | null;
  /** Signs Stripe's events; null where a stand-in is asked for one. */
  stripeWebhookSecret: string | null;
  /** Agents at ElevenLabs that use our memory; null switches a part off. */
  elevenLabs: {
    apiKey: string | null;
    hmacKey: string | null;
    workspaceSecret: string | null;
    baseUrl: string;
    attempts: number;
    profileSeconds: number;
    anomalies: AnomalySettings;
  };
  /** Seal what is stored, the one in use first; empty where the one derived from the database's password does. */
  encryptionKeys: MasterKey[];
  /** How long what came by webhook is kept. */
  webhookRetentionDays: number;
  /** Another memory home that follows ours; null for none. */
  memoryMirror: MirrorSettings | null;
  /** How the card fee gets into the payer's total. */
  feePolicy: FeePolicy;
  vendors: Record<VendorName, VendorSettings>;
}

/**
 * Turns the environment into typed settings.
 * @throws RingbackError that names every missing or invalid variable at once, and what to put there.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const env = (name: string): string | undefined => {
    const value = environment[name]?.trim();
    return value === undefined || value === '' ? undefined : value;
  };
  const withFallback = (name: string): string =>
    env(name) ?? variables.find((v) => v.name === name)?.fallback ?? '';

  const wholeNumber = (name: string, most: number, least = 0): number => {
    const value = Number(withFallback(name));
    if (!Number.isInteger(value) || value < least || value > most)
      problems.push(`${name} is "${env(name)}"; give a whole number from ${least} to ${most}.`);
    return value;
  };
  const port = wholeNumber('PORT', 65_535);
  const trustedProxies = wholeNumber('TRUSTED_PROXIES', 10);
  const drainMs = 1_000 * wholeNumber('DRAIN_SECONDS', 3_600);
  const maxLoopLagMs = wholeNumber('MAX_LOOP_LAG_MS', 10_000);
  const vendorCeiling = smallest(
    wholeNumber('DEEPGRAM_MAX_STREAMS', 1_000_000),
    wholeNumber('CARTESIA_MAX_CONTEXTS', 1_000_000),
  );
  const webhookRetentionDays = wholeNumber('WEBHOOK_RETENTION_DAYS', 3_650, 1);
  const needsKeys = withFallback('ENABLE_ENCRYPTION_AT_REST') === 'true';
  const encryptionKeys = masterKeys(env('ENCRYPTION_KEYS'), needsKeys, problems);
  const agentSettings = {
    attempts: wholeNumber('MAX_RETRIES', 20, 1),
    profileSeconds: wholeNumber('REDIS_TTL', 31_536_000),
    anomalies: {
      enabled: withFallback('ANOMALY_DETECTION_ENABLED') === 'true',
      failures: wholeNumber('ANOMALY_FAILURE_THRESHOLD', 1_000_000, 1),
      windowSeconds: wholeNumber('ANOMALY_WINDOW_SECONDS', 86_400, 1),
      tellsLostQuarantine: withFallback('ALERT_ON_QUARANTINE_FAILURES') === 'true',
    },
  };
  const memoryMirror = mirrorSettings(withFallback, problems);
  const publicBaseUrl = baseUrl('PUBLIC_BASE_URL', env('PUBLIC_BASE_URL'), problems);
  const phoneNumber = withFallback('TWILIO_PHONE_NUMBER');
  if (!E164.test(phoneNumber))
    problems.push(`TWILIO_PHONE_NUMBER is "${phoneNumber}"; give an E.164 number such as +15550199.`);
  const databaseUrl = env('DATABASE_URL');
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl))
    problems.push('DATABASE_URL must begin with postgres://.');

  const { vendors, live } = resolveVendors(env, withFallback('NODE_ENV') === 'production', problems);
  const sandboxMoneyNumbers =
    live && vendors.stripe.mode !== 'live'
      ? withFallback('SANDBOX_MONEY_NUMBERS')
          .split(',')
          .map((n) => n.trim())
          .filter((n) => n !== '')
      : null;
  for (const number of sandboxMoneyNumbers ?? []) {
    if (!E164.test(number))
      problems.push(`SANDBOX_MONEY_NUMBERS holds "${number}"; give E.164 numbers separated by commas.`);
  }
  const feePolicy = FEE_POLICIES.find((policy) => policy === withFallback('FEE_POLICY'));
  if (feePolicy === undefined)
    problems.push(`FEE_POLICY is "${env('FEE_POLICY')}"; give ${FEE_POLICIES.join(' or ')}.`);
  if (live && publicBaseUrl === undefined)
    problems.push('PUBLIC_BASE_URL is needed by a live process: Twilio must be able to reach it.');

  if (problems.length > 0 || feePolicy === undefined) {
    throw new RingbackError(
      'config',
      `The environment cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      {
        remedy: 'Set the variables named above; .env.example explains each of them.',
      },
    );
  }
  return {
    port,
    publicBaseUrl,
    instancePublicBaseUrl: baseUrl('INSTANCE_PUBLIC_BASE_URL', env('INSTANCE_PUBLIC_BASE_URL'), problems),
    trustedProxies,
    databaseUrl,
    drainMs,
    maxLoopLagMs,
    vendorCeiling,
    encryptionKeys,
    webhookRetentionDays,
    memoryMirror,
    live,
    ...devPhoneSettings(env, live),
    twilio: {
      accountSid: env('TWILIO_ACCOUNT_SID') ?? '',
      authToken: env('TWILIO_AUTH_TOKEN') ?? '',
      phoneNumber,
    },
    models: { cerebras: withFallback('CEREBRAS_MODEL'), openai: withFallback('OPENAI_MODEL') },
    sandboxMoneyNumbers,
    stripeWebhookSecret: env('STRIPE_WEBHOOK_SECRET') ?? null,
    feePolicy,
    elevenLabs: {
      apiKey: env('ELEVENLABS_API_KEY') ?? null,
      hmacKey: env('ELEVENLABS_POST_CALL_HMAC_KEY') ?? null,
      workspaceSecret: env('ELEVENLABS_CLIENT_DATA_WORKSPACE_SECRET') ?? null,
      baseUrl: withFallback('ELEVENLABS_API_BASE_URL').replace(/\/+$/, ''),
      ...agentSettings,
    },
    vendors,
  };
}

function devPhoneSettings(
  env: (name: string) => string | undefined,
  live: boolean,
): Pick<Config, 'devPhone' | 'sandboxControlUrl'> {
  if (live) return { devPhone: env('DEV_PHONE') === '1', sandboxControlUrl: null };
  return { devPhone: env('DEV_PHONE') !== '0', sandboxControlUrl: env('SANDBOX_CONTROL_URL') ?? null };
}

/** Of limits where 0 stands for none. */
function smallest(...limits: number[]): number | null {
  const set = limits.filter((limit) => limit > 0);
  return set.length === 0 ? null : Math.min(...set);
}

function masterKeys(text: string | undefined, needed: boolean, problems: string[]): MasterKey[] {
  try {
    const keys = parseMasterKeys(text ?? '');
    if (keys.length === 0 && needed)
      problems.push(
        'ENABLE_ENCRYPTION_AT_REST=true needs ENCRYPTION_KEYS; npx ringback keys new prints one.',
      );
    return keys;
  } catch (error) {
    if (!(error instanceof RingbackError)) throw error;
    problems.push(error.message);
    return [];
  }
}

function mirrorSettings(value: (name: string) => string, problems: string[]): MirrorSettings | null {
  const name = value('MEMORY_MIRROR');
  if (name === 'none') return null;
  if (name !== 'supermemory' && name !== 'openmemory') {
    problems.push(`MEMORY_MIRROR is "${name}"; give none, supermemory or openmemory.`);
    return null;
  }
  const [url, key] =
    name === 'supermemory'
      ? (['SUPERMEMORY_BASE_URL', 'SUPERMEMORY_API_KEY'] as const)
      : (['OPENMEMORY_URL', 'OPENMEMORY_API_KEY'] as const);
  const apiKey = value(key);
  if (apiKey === '') problems.push(`MEMORY_MIRROR=${name} needs ${key}.`);
  return { name, baseUrl: baseUrl(url, value(url), problems) ?? '', apiKey };
}

/** A base URL without its trailing slash; undefined when unset. */
function baseUrl(name: string, value: string | undefined, problems: string[]): string | undefined {
  if (value === undefined) return undefined;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    problems.push(`${name} is "${value}"; give an http:// or https:// URL.`);
    return undefined;
  }
  return value.replace(/\/+$/, '');
}
