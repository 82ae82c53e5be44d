import type { BookHouseCosts } from '../cost/house-costs.ts';
import type { CallTerms } from '../cost/terms.ts';
import type { Usage } from '../cost/usage.ts';
import type { Logger } from '../log.ts';
import type { Briefing } from '../persona/briefing.ts';
import type { Voices } from './live-call.ts';
import type { OngoingCalls } from './ongoing.ts';
import { briefCall, type PlanningParts } from './planning.ts';
import type { CallMemory } from './ports.ts';
import type { CallRow } from './store.ts';
import { warmUp } from './warm-up.ts';

export interface PreparationParts extends PlanningParts {
  ongoing: OngoingCalls;
  bookHouseCosts: BookHouseCosts;
  /** Begins to make what is remembered searchable. */
  openMemory(call: CallRow): CallMemory;
  voices: Voices;
  log: Logger;
}

/** Makes a call ready while it rings: briefing, memory, the opening's audio, warm connections. */
export class Preparation {
  readonly #parts: PreparationParts;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  /** Does what can be done for a call before it is answered; see `warmUp`. */
  async prepare(call: CallRow, terms: CallTerms): Promise<Briefing> {
    const ongoing = this.#parts.ongoing.getOrAdd(call.id);
    ongoing.isUnderWay = true;
    ongoing.feed.publish({ type: 'state', state: 'planned' });
    ongoing.terms = terms;
    ongoing.memory = this.#parts.openMemory(call);
    const briefing = await briefCall(this.#parts, call);
    this.#warmUp(call.id, briefing);
    return briefing;
  }

  #warmUp(callId: string, briefing: Briefing): void {
    const ongoing = this.#parts.ongoing.getOrAdd(callId);
    const { voices, bookHouseCosts, log } = this.#parts;
    const usage = (used: Usage) => {
      if (ongoing.live === null) ongoing.warmUpUsage.push(used);
      else ongoing.live.use(used); // answered before the opening was ready
    };
    ongoing.briefing = briefing;
    ongoing.stopWarmUp = warmUp({ ...voices, callId, briefing, usage, bookHouseCosts, log });
  }

  /** The call is not talked in here: what was prepared for it and not used the house pays for. */
  async letGo(callId: string): Promise<void> {
    const ongoing = this.#parts.ongoing.get(callId);
    if (ongoing === undefined) return;
    ongoing.stopWarmUp();
    const used = ongoing.warmUpUsage.splice(0);
    await this.#parts.bookHouseCosts(`opening that call ${callId} did not use`, used);
  }

  /** The call goes on in another process, or is over: what was prepared for it here is let go. */
  async release(callId: string): Promise<void> {
    await this.letGo(callId);
    this.#parts.ongoing.forget(callId);
  }
}
