import type { BookHouseCosts } from '../cost/house-costs.ts';
import type { Usage, UsageSink } from '../cost/usage.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Briefing } from '../persona/briefing.ts';
import { type Clips, prepareClips } from '../tts/prepared.ts';
import type { RecordingWish } from './conversation/configuration.ts';
import type { LanguageModel, TextToSpeech } from './ports.ts';

export interface WarmUpParts {
  callId: string;
  briefing: Briefing;
  tts: TextToSpeech;
  clips: Clips;
  llm: LanguageModel;
  /** The opening is spoken for this call alone, and is part of its costs once it is answered. */
  usage: UsageSink;
  /** Pays for the lines that belong to no call. */
  bookHouseCosts: BookHouseCosts;
  log: Logger;
}

/**
 * What can be done for a call while it rings: its opening is spoken beforehand, the lines that every call of the
 * persona may need are made once, and a connection to the language model is opened.
 * @returns stops what is still under way.
 */
export function warmUp(parts: WarmUpParts): () => void {
  const { callId, briefing, tts, clips, llm, usage, log } = parts;
  llm.warm?.();
  const call = { callId: `${callId}-opening`, voice: briefing.voice };
  const opening = prepareClips(tts, clips, call, [briefing.config.opening], usage);
  let stopStanding: () => void = () => undefined;
  let stopped = false;
  opening.done
    .then((failed) => {
      if (failed > 0) log.warn({ callId }, 'the opening could not be spoken beforehand');
      if (stopped) return;
      stopStanding = prepareStandingLines(parts);
    })
    .catch((error: unknown) => log.error({ callId, problem: describeError(error) }, 'the warm-up failed'));
  return () => {
    stopped = true;
    opening.stop();
    stopStanding();
  };
}

/** Lines that do not depend on the callee: made once for a voice, at the house's expense. */
function prepareStandingLines(parts: WarmUpParts): () => void {
  const { callId, briefing, tts, clips, log } = parts;
  const { apology, fillers, reprompts, goodbyes, budgetNotice, safety, disclosure, quiet, recording } =
    briefing.config;
  const texts = [
    apology,
    ...fillers,
    ...reprompts,
    ...Object.values(goodbyes),
    budgetNotice,
    safety,
    disclosure,
    quiet,
    ...(recording === null ? [] : linesOf(recording)),
  ];
  const used = new Map<string, Usage>();
  const note = (usage: Usage) => used.set(usage.reference, usage); // the last report of an act is the truth
  const call = { callId: `${callId}-standing`, voice: briefing.voice };
  const preparation = prepareClips(tts, clips, call, texts, note);
  preparation.done
    .then(async (failed) => {
      const total = [...used.values()].reduce((sum, { units }) => sum + units, 0);
      await parts.bookHouseCosts(`standing lines of voice ${briefing.voice}`, [...used.values()]);
      if (total > 0 || failed > 0)
        log.info({ voice: briefing.voice, characters: total, failed }, 'standing lines spoken beforehand');
    })
    .catch((error: unknown) => log.error({ callId, problem: describeError(error) }, 'the warm-up failed'));
  return preparation.stop;
}

function linesOf({ isAgreed, question, announcement, begun, declined, ended }: RecordingWish): string[] {
  return isAgreed ? [announcement, ended] : [question, begun, declined, ended];
}
