import type { VendorName } from '../vendors.ts';
import { type CallerDescription, prepareScript } from './callers/scripts.ts';
import { startCartesia } from './cartesia/server.ts';
import { startControl } from './control.ts';
import { startDeepgram } from './deepgram/server.ts';
import type { VendorDelays } from './delays.ts';
import type { SandboxCredentials } from './environment.ts';
import { Faults } from './faults.ts';
import type { StandInServer } from './http.ts';
import { Journal } from './journal.ts';
import { startChatServer } from './llm/server.ts';
import { SpeechEngine } from './speech/engine.ts';
import { UtteranceLibrary } from './speech/library.ts';
import { startStripe } from './stripe/server.ts';
import { startTwilio } from './twilio/server.ts';

export interface SandboxOptions {
  /** `timing` answers with sounds of the right length and recognises nothing: for load runs. */
  profile: 'speech' | 'timing';
  delays: VendorDelays;
  /** Speech that nobody registered is heard as speech whose words are not known, for people who talk into a microphone. */
  pretendsToHear: boolean;
  credentials: SandboxCredentials;
  /** Fixed ports, or 0 for free ones. */
  ports: Partial<Record<VendorName | 'control', number>>;
}

const CEREBRAS_TOKENS_PER_SECOND = 1_500;
const OPENAI_TOKENS_PER_SECOND = 60;
const MAX_TTS_CONTEXTS = 200;

/** Somebody picks up every number that nobody was put at. */
const ANYBODY: CallerDescription = {
  voice: 'slt',
  answerAfterMs: 600,
  hangUpAfterMs: null,
  answeredBy: 'human',
  amdAfterMs: 2_500,
  lines: [
    { cue: { after: 'answer', delayMs: 300 }, text: 'Hello?' },
    { cue: { after: 'reply', delayMs: 900 }, text: 'Yes, speaking.' },
    { cue: { after: 'reply', delayMs: 900 }, text: 'I have to go now. Bye!' },
  ],
};

export interface Sandbox {
  urls: Partial<Record<VendorName, string>>;
  controlUrl: string;
  close(): Promise<void>;
}

/** Starts every stand-in. They share what was said (for the recogniser), the faults and the journal. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const engine = new SpeechEngine();
  const utterances = new UtteranceLibrary();
  const faults = new Faults();
  const journal = new Journal();
  const callers = new Map<string, CallerDescription>();
  const port = (name: VendorName | 'control') => options.ports[name] ?? 0;
  const { apiKey } = options.credentials;
  const shared = { faults, journal, apiKey };

  const twilio = await startTwilio({
    ...options.credentials,
    faults,
    journal,
    port: port('twilio'),
    callerAt: (number) => prepareScript(callers.get(number) ?? ANYBODY, engine, utterances),
  });
  const deepgram = await startDeepgram({
    ...shared,
    utterances,
    port: port('deepgram'),
    timing: options.profile === 'timing' ? options.delays.turns : null,
    lagMs: options.delays.hearingLagMs,
    pretendsToHear: options.pretendsToHear,
  });
  const cartesia = await startCartesia({
    ...shared,
    engine,
    utterances,
    port: port('cartesia'),
    profile: options.profile,
    timing: options.profile === 'timing' ? options.delays.turns : null,
    hearingLagMs: options.delays.hearingLagMs,
    firstAudioMs: options.delays.firstAudioMs,
    maxContexts: MAX_TTS_CONTEXTS,
  });
  const cerebras = await startChatServer({
    ...shared,
    vendor: 'cerebras',
    port: port('cerebras'),
    firstTokenMs: options.delays.firstTokenMs,
    tokensPerSecond: CEREBRAS_TOKENS_PER_SECOND,
  });
  const openai = await startChatServer({
    ...shared,
    vendor: 'openai',
    port: port('openai'),
    firstTokenMs: options.delays.secondModelFirstTokenMs,
    tokensPerSecond: OPENAI_TOKENS_PER_SECOND,
  });
  const stripe = await startStripe({ ...shared, port: port('stripe') });
  const control = await startControl({
    port: port('control'),
    engine,
    utterances,
    faults,
    journal,
    callers,
    twilio,
    stripe,
    connections: () => ({ deepgram: deepgram.openSockets(), cartesia: cartesia.openSockets() }),
  });
  const servers: StandInServer[] = [twilio, deepgram, cartesia, cerebras, openai, stripe, control];
  return {
    urls: {
      twilio: twilio.url,
      deepgram: deepgram.url,
      cartesia: cartesia.url,
      cerebras: cerebras.url,
      openai: `${openai.url}/v1`,
      stripe: stripe.url,
    },
    controlUrl: control.url,
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      await engine.close();
    },
  };
}
