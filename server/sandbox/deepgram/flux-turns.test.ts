import { describe, expect, it } from 'vitest';
import { SILENCE } from '../speech/mulaw.ts';
import { FluxTurns, type TurnInfo, timingEars } from './flux-turns.ts';

const LOUD = Buffer.alloc(160, 0x2f);
const QUIET = Buffer.alloc(160, SILENCE);

function listen(frames: Buffer[], eagerThreshold: number | null = null): TurnInfo[] {
  const turns = new FluxTurns(timingEars(), {
    endOfTurnThreshold: 0.7,
    eagerThreshold,
    endOfTurnTimeoutMs: 5_000,
  });
  return frames.flatMap((frame) => turns.push(frame));
}

const second = (frame: Buffer, seconds: number) => Array.from({ length: seconds * 50 }, () => frame);

describe('turns by energy alone, for load runs', () => {
  it('begin with sound and end soon after it', () => {
    const messages = listen([...second(QUIET, 1), ...second(LOUD, 1), ...second(QUIET, 1)]);
    const turn = messages
      .filter((message) => message.event !== 'Update')
      .map((message) => [message.event, message.audio_window_end]);
    expect(turn).toEqual([
      ['StartOfTurn', 1.44],
      ['EndOfTurn', 2.16],
    ]);
    expect(messages.filter((message) => message.event === 'Update').length).toBeGreaterThan(6);
  });

  it('announce an eager end first, with the text of the final one', () => {
    const messages = listen([...second(LOUD, 1), ...second(QUIET, 1)], 0.4);
    const eager = messages.findIndex((message) => message.event === 'EagerEndOfTurn');
    const end = messages.findIndex((message) => message.event === 'EndOfTurn');
    expect(eager).toBeGreaterThan(0);
    expect(end).toBeGreaterThan(eager);
    expect(messages[end]?.transcript).toBe(messages[eager]?.transcript);
  });

  it('never end where there is only silence', () => {
    expect(
      listen(second(QUIET, 6)).every((message) => message.event === 'Update' && message.transcript === ''),
    ).toBe(true);
  });
});
