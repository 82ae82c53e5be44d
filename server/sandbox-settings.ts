import type { Config } from './config.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';
import { VENDOR_NAMES, type VendorName, type VendorSettings } from './vendors.ts';

/** Starts our own sandbox when any vendor is left to it, and fills its addresses and credentials in. */
export async function withSandbox(
  config: Config,
  closers: Array<() => void | Promise<void>>,
): Promise<Config> {
  if (!VENDOR_NAMES.some((name) => config.vendors[name].mode === 'sandbox'))
    return withSandboxCredentials(config, null);
  const sandbox = await startSandboxProcess(['--pretend-hearing']);
  closers.push(() => sandbox.stop());
  return withSandboxCredentials(config, sandbox);
}

/** The credentials that the sandbox takes unless it is told others; a stand-in elsewhere may ask for its own. */
const SANDBOX_CREDENTIALS = {
  accountSid: `AC${'5'.repeat(32)}`,
  authToken: 'sandbox-auth-token',
  apiKey: 'sandbox-key',
};

function withSandboxCredentials(config: Config, sandbox: SandboxProcess | null): Config {
  const credentials = sandbox?.credentials ?? SANDBOX_CREDENTIALS;
  const fill = (name: VendorName): VendorSettings => {
    const vendor = config.vendors[name];
    if (vendor.mode === 'sandbox')
      return { mode: 'sandbox', apiKey: credentials.apiKey, baseUrl: sandbox?.urls[name] };
    if (vendor.mode === 'stand-in' && vendor.apiKey === '') return { ...vendor, apiKey: credentials.apiKey };
    return vendor;
  };
  const { accountSid, authToken, phoneNumber } = config.twilio;
  return {
    ...config,
    sandboxControlUrl: config.live ? null : (sandbox?.controlUrl ?? config.sandboxControlUrl),
    twilio: {
      accountSid: accountSid || credentials.accountSid,
      authToken: authToken || credentials.authToken,
      phoneNumber,
    },
    vendors: {
      twilio: fill('twilio'),
      deepgram: fill('deepgram'),
      cartesia: fill('cartesia'),
      cerebras: fill('cerebras'),
      openai: fill('openai'),
      stripe: fill('stripe'),
    },
  };
}
