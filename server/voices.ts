import type { Voices } from './call/live-call.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { VendorWatch, type WatchedVendor } from './instances/vendor-watch.ts';
import type { Breaker } from './llm/breaker.ts';
import { openModels } from './llm/configured.ts';
import type { StructuredModel } from './llm/structured.ts';
import type { Logger } from './log.ts';
import { cartesiaInk } from './stt/cartesia-ink.ts';
import { deepgramFlux } from './stt/deepgram.ts';
import { resilientSpeechToText } from './stt/hearing.ts';
import { cartesiaTextToSpeech } from './tts/cartesia.ts';
import { Clips, withClips } from './tts/prepared.ts';
import { openVoiceActivity } from './vad/voice-activity.ts';
import { VENDOR_NAMES, VENDOR_VARIABLES, type VendorName } from './vendors.ts';

/** The vendors of a call as configured, and the models that are asked for JSON after it. */
export async function openVoices(
  config: Config,
  log: Logger,
  closers: Array<() => void | Promise<void>>,
): Promise<{ voices: Voices; structured: readonly StructuredModel[]; vendors: VendorWatch }> {
  const { deepgram, cartesia } = config.vendors;
  const vad = await openVoiceActivity(log);
  closers.push(() => vad.close());
  const { model: llm, structured, breaker, close } = openModels(config, null, log);
  closers.push(close);
  const vendors = new VendorWatch(watchedVendors(config, breaker), systemClock);
  const clips = new Clips();
  const voices = {
    clips,
    stt: resilientSpeechToText({
      vendors: [deepgramFlux(deepgram), cartesiaInk(cartesia)],
      clock: systemClock,
      log,
    }),
    llm,
    tts: withClips(
      cartesiaTextToSpeech({
        ...cartesia,
        spoke: (succeeded) => vendors.used('cartesia', succeeded),
        log,
      }),
      clips,
    ),
    vad,
  };
  return { voices, structured, vendors };
}

/** Where each vendor is reached, and who has nobody to stand in: without a line or a voice there is no call. */
function watchedVendors(config: Config, breaker: Breaker): WatchedVendor[] {
  const { cerebras, openai } = config.vendors;
  const bothModels = cerebras.mode !== 'off' && openai.mode !== 'off';
  const firstModel = cerebras.mode === 'off' ? 'openai' : 'cerebras';
  const fallbacks: Record<VendorName, boolean> = {
    twilio: false,
    deepgram: true, // Cartesia's own speech-to-text takes over
    cartesia: false,
    cerebras: bothModels,
    openai: bothModels,
    stripe: true, // what is held is held; new payers wait
  };
  return VENDOR_NAMES.filter((name) => config.vendors[name].mode !== 'off').map((name) => ({
    name,
    url: config.vendors[name].baseUrl ?? VENDOR_VARIABLES[name].defaultUrl,
    hasFallback: fallbacks[name],
    breakerOpen: name === firstModel && bothModels ? () => breaker.isOpen : null,
  }));
}
