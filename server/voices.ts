import type { Voices } from './call/live-call.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { openModels } from './llm/configured.ts';
import type { StructuredModel } from './llm/structured.ts';
import type { Logger } from './log.ts';
import { cartesiaInk } from './stt/cartesia-ink.ts';
import { deepgramFlux } from './stt/deepgram.ts';
import { resilientSpeechToText } from './stt/hearing.ts';
import { cartesiaTextToSpeech } from './tts/cartesia.ts';
import { Clips, withClips } from './tts/prepared.ts';
import { openVoiceActivity } from './vad/voice-activity.ts';

/** The vendors of a call as configured, and the models that are asked for JSON after it. */
export async function openVoices(
  config: Config,
  log: Logger,
  closers: Array<() => void | Promise<void>>,
): Promise<{ voices: Voices; structured: readonly StructuredModel[] }> {
  const { deepgram, cartesia } = config.vendors;
  const vad = await openVoiceActivity(log);
  closers.push(() => vad.close());
  const { model: llm, structured, close } = openModels(config, null, log);
  closers.push(close);
  const clips = new Clips();
  const voices = {
    clips,
    stt: resilientSpeechToText({
      vendors: [deepgramFlux(deepgram), cartesiaInk(cartesia)],
      clock: systemClock,
      log,
    }),
    llm,
    tts: withClips(cartesiaTextToSpeech({ ...cartesia, log }), clips),
    vad,
  };
  return { voices, structured };
}
