import type { Sound } from './fake-caller.ts';
import type { Outcome } from './world.ts';

/** What many calls tell together. */
export class Figures {
  calls = 0;
  fuzzed = 0;
  events = 0;
  virtualMs = 0;
  cuts = 0;
  exactCuts = 0;
  nearCuts = 0;
  asides = 0;
  asidesThatStopped = 0;
  interruptions = 0;
  onsetToClearMs: number[] = [];
  reasons: Record<string, number> = {};

  add(outcome: Outcome): void {
    this.calls += 1;
    this.events += outcome.events;
    this.virtualMs += outcome.lengthMs;
    const reason = outcome.reason ?? 'none';
    this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
    for (const { recorded, heard } of outcome.cuts) {
      this.cuts += 1;
      if (recorded === heard) this.exactCuts += 1;
      if (Math.abs(recorded - heard) <= 1) this.nearCuts += 1;
    }
    // The aggressive profile trades patience for speed, and what was not heard right proves nothing.
    if (outcome.profile === 'aggressive') return;
    for (const sound of outcome.sounds) if (sound.overPersona && sound.clean) this.#addSound(sound);
  }

  #addSound(sound: Sound): void {
    const short = sound.endAt - sound.startAt < 650;
    if (sound.does === 'backchannel' || (sound.does === 'noise' && short)) {
      this.asides += 1;
      if (sound.clearedAt !== null) this.asidesThatStopped += 1;
    } else if ((sound.does === 'says' || sound.does === 'stops') && sound.clearedAt !== null) {
      this.interruptions += 1;
      this.onsetToClearMs.push(sound.clearedAt - sound.startAt);
    }
  }

  merge(other: Figures): void {
    for (const key of [
      'calls',
      'fuzzed',
      'events',
      'virtualMs',
      'cuts',
      'exactCuts',
      'nearCuts',
      'asides',
      'asidesThatStopped',
      'interruptions',
    ] as const)
      this[key] += other[key];
    this.onsetToClearMs.push(...other.onsetToClearMs);
    for (const [reason, count] of Object.entries(other.reasons))
      this.reasons[reason] = (this.reasons[reason] ?? 0) + count;
  }

  get exactShare(): number {
    return this.cuts === 0 ? 1 : this.exactCuts / this.cuts;
  }

  get nearShare(): number {
    return this.cuts === 0 ? 1 : this.nearCuts / this.cuts;
  }

  get keptTalkingShare(): number {
    return this.asides === 0 ? 1 : 1 - this.asidesThatStopped / this.asides;
  }

  /** What single calls cannot show: the shares that were promised. */
  shortfalls(): string[] {
    const problems: string[] = [];
    if (this.cuts >= 300 && this.exactShare < 0.92)
      problems.push(`only ${percent(this.exactShare)} of cut lines are exact; 92 % were promised`);
    if (this.cuts >= 300 && this.nearShare < 0.995)
      problems.push(`only ${percent(this.nearShare)} of cut lines are within a word; 99.5 % were promised`);
    if (this.asides >= 300 && this.keptTalkingShare < 0.95)
      problems.push(
        `only ${percent(this.keptTalkingShare)} of asides let the persona talk on; 95 % were promised`,
      );
    return problems;
  }
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
