/** Which vendors are real, which are stand-ins, and what a live process must have. */

export const VENDOR_NAMES = ['twilio', 'deepgram', 'cartesia', 'cerebras', 'openai', 'stripe'] as const;
export type VendorName = (typeof VENDOR_NAMES)[number];

export interface VendorSettings {
  /**
   * live: a real key. stand-in: something on loopback plays the vendor. sandbox: nothing was configured,
   * so our own sandbox process is started for it. off: optional, and not configured in a live process.
   */
  mode: 'live' | 'stand-in' | 'sandbox' | 'off';
  /** Empty unless one was configured. */
  apiKey: string;
  baseUrl: string | undefined;
}

interface VendorVariables {
  key: string;
  url: string;
  defaultUrl: string;
}

export const VENDOR_VARIABLES: Readonly<Record<VendorName, VendorVariables>> = {
  twilio: { key: 'TWILIO_AUTH_TOKEN', url: 'TWILIO_API_BASE_URL', defaultUrl: 'https://api.twilio.com' },
  deepgram: { key: 'DEEPGRAM_API_KEY', url: 'DEEPGRAM_BASE_URL', defaultUrl: 'https://api.deepgram.com' },
  cartesia: { key: 'CARTESIA_API_KEY', url: 'CARTESIA_BASE_URL', defaultUrl: 'https://api.cartesia.ai' },
  cerebras: { key: 'CEREBRAS_API_KEY', url: 'CEREBRAS_BASE_URL', defaultUrl: 'https://api.cerebras.ai' },
  openai: { key: 'OPENAI_API_KEY', url: 'OPENAI_BASE_URL', defaultUrl: 'https://api.openai.com/v1' },
  stripe: { key: 'STRIPE_SECRET_KEY', url: 'STRIPE_API_BASE_URL', defaultUrl: 'https://api.stripe.com' },
};

type Env = (name: string) => string | undefined;

/** Adds what is wrong to `problems`; the result is only meaningful when nothing was added. */
export function resolveVendors(
  env: Env,
  production: boolean,
  problems: string[],
): { vendors: Record<VendorName, VendorSettings>; live: boolean } {
  const allowInsecure = env('ALLOW_INSECURE_VENDOR_URLS') === '1';
  const read = (name: VendorName) => readVendor(name, env, problems);
  const twilio = read('twilio');
  const live = production || twilio.mode === 'live';
  const vendors = {
    twilio,
    deepgram: read('deepgram'),
    cartesia: read('cartesia'),
    cerebras: read('cerebras'),
    openai: read('openai'),
    stripe: read('stripe'),
  };
  if (twilio.mode === 'live' && env('TWILIO_ACCOUNT_SID') === undefined)
    problems.push('TWILIO_ACCOUNT_SID is needed beside TWILIO_AUTH_TOKEN.');
  if (live) checkLive(vendors, env, allowInsecure, problems);
  return { vendors, live };
}

function readVendor(name: VendorName, env: Env, problems: string[]): VendorSettings {
  const { key, url } = VENDOR_VARIABLES[name];
  const apiKey = env(key) ?? '';
  const baseUrl = env(url)?.replace(/\/+$/, '');
  if (baseUrl === undefined) return { mode: apiKey !== '' ? 'live' : 'sandbox', apiKey, baseUrl };
  if (!URL.canParse(baseUrl)) {
    problems.push(`${url} is "${baseUrl}"; give a URL such as http://127.0.0.1:4020.`);
    return { mode: 'off', apiKey, baseUrl: undefined };
  }
  if (isLoopback(baseUrl)) return { mode: 'stand-in', apiKey, baseUrl };
  if (apiKey === '') problems.push(`${key} is needed for ${url}, which is not on this machine.`);
  return { mode: 'live', apiKey, baseUrl };
}

/** In a live process nothing may pretend, or somebody's phone rings and nobody is there, or nobody pays. */
function checkLive(
  vendors: Record<VendorName, VendorSettings>,
  env: Env,
  allowInsecure: boolean,
  problems: string[],
): void {
  const configured = (name: VendorName) => vendors[name].apiKey !== '';
  const missing = (['twilio', 'deepgram', 'cartesia'] as const)
    .filter((name) => !configured(name))
    .map((name) => VENDOR_VARIABLES[name].key);
  if (!configured('cerebras') && !configured('openai')) missing.push('CEREBRAS_API_KEY or OPENAI_API_KEY');
  if (!configured('stripe') && env('ALLOW_SANDBOX_MONEY') !== '1')
    missing.push('STRIPE_SECRET_KEY (or ALLOW_SANDBOX_MONEY=1 for trying out)');
  if (missing.length > 0) problems.push(`This process is live, and needs ${missing.join(', ')}.`);
  for (const name of VENDOR_NAMES) {
    const { baseUrl, mode } = vendors[name];
    if (baseUrl?.startsWith('http:') && !allowInsecure)
      problems.push(
        `${VENDOR_VARIABLES[name].url} is plain http in a live process; use https, or set ALLOW_INSECURE_VENDOR_URLS=1.`,
      );
    if (mode === 'sandbox') vendors[name].mode = 'off';
  }
}

function isLoopback(url: string): boolean {
  return /^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(url).hostname);
}

/** The table that start-up prints: who is real. */
export function vendorTable(vendors: Record<VendorName, VendorSettings>): string {
  const rows = VENDOR_NAMES.map((name) => {
    const { mode, baseUrl } = vendors[name];
    const endpoint = mode === 'live' ? (baseUrl ?? VENDOR_VARIABLES[name].defaultUrl) : (baseUrl ?? '-');
    return `  ${name.padEnd(10)} ${(mode === 'stand-in' ? 'sandbox' : mode).padEnd(9)} ${endpoint}`;
  });
  return [`  ${'vendor'.padEnd(10)} ${'mode'.padEnd(9)} endpoint`, ...rows].join('\n');
}
