import { describe, expect, it } from 'vitest';
import { SILENCE } from '../speech/mulaw.ts';
import { TimingTurns } from './timing-turns.ts';

const LOUD = Buffer.alloc(160, 0x2f);
const QUIET = Buffer.alloc(160, SILENCE);
const DELAYS = { start: 80, eagerEnd: 120, end: 260 };

function listen(frames: Buffer[], eager: boolean) {
  const turns = new TimingTurns(DELAYS, eager);
  return frames
    .flatMap((frame) => turns.push(frame))
    .filter((message) => message.event !== 'Update')
    .map((message) => [message.event, Math.round(message.audio_window_end * 1_000)]);
}

const ms = (frame: Buffer, length: number) => Array.from({ length: length / 20 }, () => frame);

describe('turns by energy alone, for load runs', () => {
  it('begin and end exactly as late as they were told to', () => {
    expect(listen([...ms(QUIET, 1_000), ...ms(LOUD, 1_000), ...ms(QUIET, 1_000)], true)).toEqual([
      ['StartOfTurn', 1_080],
      ['EagerEndOfTurn', 2_120],
      ['EndOfTurn', 2_260],
    ]);
  });

  it('go on when sound comes back before the end', () => {
    expect(
      listen([...ms(LOUD, 1_000), ...ms(QUIET, 200), ...ms(LOUD, 200), ...ms(QUIET, 400)], true),
    ).toEqual([
      ['StartOfTurn', 80],
      ['EagerEndOfTurn', 1_120],
      ['TurnResumed', 1_220],
      ['EagerEndOfTurn', 1_520],
      ['EndOfTurn', 1_660],
    ]);
  });

  it('announce nothing to who did not ask for it, and hear nothing in silence', () => {
    expect(listen([...ms(LOUD, 400), ...ms(QUIET, 400)], false).map(([event]) => event)).toEqual([
      'StartOfTurn',
      'EndOfTurn',
    ]);
    expect(listen(ms(QUIET, 6_000), true)).toEqual([]);
  });
});
