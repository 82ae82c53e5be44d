import type { State } from '../../server/call/conversation/state.ts';
import type { Event } from '../../server/call/conversation/types.ts';

/** Which states of the conversation met which events. */
export class Coverage {
  readonly pairs = new Map<string, number>();

  note(state: State, event: Event): void {
    const { call, caller, barge, thought, mouth } = state;
    const [first] = mouth;
    const speech =
      first === undefined
        ? 'silent'
        : `${first.kind}${first.onAir ? '+air' : ''}${first.totalMs === null ? '' : '+whole'}`;
    const key = `${call.phase}/${caller.now}/${barge.now}/${thought.now}/${speech} x ${event.type}`;
    this.pairs.set(key, (this.pairs.get(key) ?? 0) + 1);
  }

  add(other: Iterable<readonly [string, number]>): void {
    for (const [key, count] of other) this.pairs.set(key, (this.pairs.get(key) ?? 0) + count);
  }

  get states(): number {
    return new Set([...this.pairs.keys()].map((key) => key.split(' x ')[0])).size;
  }
}
