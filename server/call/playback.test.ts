import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/virtual-clock.ts';
import { PlayBuffer } from '../sandbox/twilio/play-buffer.ts';
import { Playback } from './playback.ts';

const FRAME_BYTES = 160;

/** A line with a delay each way and a carrier that plays 20 ms at a time. */
class FakeLine {
  readonly sent: string[] = [];
  readonly #clock: VirtualClock;
  readonly #uplinkMs: number;
  readonly #returnMs: number;
  readonly #buffer = new PlayBuffer();
  playedBytes = 0;
  onMark: (name: string) => void = () => undefined;

  constructor(clock: VirtualClock, uplinkMs: number, returnMs: number) {
    this.#clock = clock;
    this.#uplinkMs = uplinkMs;
    this.#returnMs = returnMs;
    const tick = () => {
      const waiting = this.#buffer.waitingBytes;
      this.#echo(this.#buffer.play(FRAME_BYTES).marks);
      this.playedBytes += Math.min(waiting, FRAME_BYTES);
      clock.after(20, tick);
    };
    clock.after(20, tick);
  }

  sendMedia(payload: string): void {
    this.sent.push(payload);
    this.#clock.after(this.#uplinkMs, () => this.#buffer.add(Buffer.from(payload, 'base64')));
  }

  sendMark(name: string): void {
    this.#clock.after(this.#uplinkMs, () => {
      this.#buffer.mark(name);
      if (this.#buffer.waitingBytes === 0) this.#echo(this.#buffer.clear());
    });
  }

  clear(): void {
    this.#clock.after(this.#uplinkMs, () => this.#echo(this.#buffer.clear()));
  }

  #echo(marks: readonly string[]): void {
    for (const mark of marks) this.#clock.after(this.#returnMs, () => this.onMark(mark));
  }
}

function setUp(uplinkMs = 40, returnMs = 40) {
  const clock = new VirtualClock();
  const line = new FakeLine(clock, uplinkMs, returnMs);
  const facts: Array<{ type: string; utt: number; at: number }> = [];
  const playback = new Playback(line, clock, (fact) => facts.push({ ...fact, at: clock.nowMs() }));
  line.onMark = (name) => playback.onMark(name);
  return { clock, line, playback, facts };
}

const audio = (bytes: number, fill = 1) => Buffer.alloc(bytes, fill).toString('base64');

describe('playback', () => {
  it('sends audio on unchanged, also when it cuts it to place marks', () => {
    const { line, playback } = setUp();
    const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i % 251));
    playback.expect(1);
    playback.accept(1, bytes.toString('base64'), bytes.length);
    expect(Buffer.concat(line.sent.map((payload) => Buffer.from(payload, 'base64')))).toEqual(bytes);
    expect(line.sent.length).toBeGreaterThan(5);
  });

  it('tells when an utterance begins and when its last byte was heard', () => {
    const { clock, playback, facts } = setUp();
    playback.expect(1);
    playback.accept(1, audio(8_000), 8_000);
    playback.finish(1);
    clock.advance(3_000);
    expect(facts.map(({ type, utt }) => [type, utt])).toEqual([
      ['play.started', 1],
      ['play.drained', 1],
    ]);
    expect(facts[1]?.at).toBeGreaterThanOrEqual(1_060); // one second of audio and the way there and back, less a frame
    expect(facts[1]?.at).toBeLessThanOrEqual(1_120);
  });

  it('lets nothing out after a clear until something new is said', () => {
    const { line, playback } = setUp();
    playback.expect(1);
    playback.accept(1, audio(800), 800);
    playback.clear();
    playback.forget();
    const before = line.sent.length;
    playback.accept(1, audio(800), 800);
    playback.finish(1);
    expect(line.sent).toHaveLength(before);
    playback.expect(2);
    playback.accept(2, audio(800), 800);
    expect(line.sent.length).toBeGreaterThan(before);
  });

  it('does not take marks that a clear flushed for heard audio', () => {
    const { clock, playback, facts } = setUp();
    playback.expect(1);
    playback.accept(1, audio(16_000), 16_000);
    playback.finish(1);
    clock.advance(300);
    playback.clear();
    playback.forget();
    clock.advance(1_000);
    expect(facts.map(({ type }) => type)).toEqual(['play.started']);
    expect(playback.ear()).toBeNull();
  });

  it('holds what was cleared, and says it again from where it is told to, to the last byte', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 2, maxLength: 12 }),
        fc.nat(2_500),
        fc.nat(600),
        fc.nat(500),
        (sizes, clearAt, rewindMs, laterBytes) => {
          const { clock, line, playback, facts } = setUp();
          const bytes = Buffer.from(Array.from({ length: 60_000 }, (_, i) => i % 253));
          playback.expect(1);
          let at = 0;
          for (const size of sizes) {
            playback.accept(1, bytes.subarray(at, at + size).toString('base64'), size);
            at += size;
          }
          clock.advance(clearAt);
          const ear = playback.ear();
          playback.clear();
          expect(playback.ear()).toEqual(ear);
          const before = line.sent.length;
          if (laterBytes > 0)
            playback.accept(1, bytes.subarray(at, at + laterBytes).toString('base64'), laterBytes);
          playback.finish(1);
          clock.advance(2_000);
          expect(line.sent).toHaveLength(before); // silent while held
          expect(playback.ear()).toEqual(ear);
          const fromMs = Math.max(0, (ear?.ms ?? 0) - rewindMs);
          playback.resume(1, fromMs);
          const again = Buffer.concat(
            line.sent.slice(before).map((payload) => Buffer.from(payload, 'base64')),
          );
          expect(again).toEqual(bytes.subarray(fromMs * 8, at + laterBytes));
          clock.advance(12_000);
          expect(facts.map(({ type }) => type)).toEqual(['play.started', 'play.drained']);
          expect(playback.keptBytes).toBeLessThanOrEqual(2_000 * 8 + 4_000);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('starts each utterance at its own beginning, also behind another', () => {
    const { clock, playback } = setUp();
    playback.expect(1);
    playback.accept(1, audio(4_000), 4_000);
    playback.finish(1);
    playback.expect(2);
    playback.accept(2, audio(8_000), 8_000);
    clock.advance(200);
    expect(playback.ear()?.utt).toBe(1);
    clock.advance(600);
    expect(playback.ear()?.utt).toBe(2);
    expect(playback.got()).toEqual({ utt: 2, ms: 1_000 });
  });

  it('does not let the echo of audio before a gap move what comes after it', () => {
    const { clock, playback } = setUp();
    playback.expect(1);
    playback.accept(1, audio(1_599), 1_599);
    clock.advance(255); // heard to its end, and its echo is on the way
    playback.accept(1, audio(8_000), 8_000);
    clock.advance(125);
    expect(playback.ear()?.ms).toBeLessThanOrEqual(200 + 125 + 20);
  });

  it('knows, within three frames beyond what cannot be measured, what was heard when a clear takes effect', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 150 }),
        fc.integer({ min: 5, max: 150 }),
        fc.array(
          fc.record({ bytes: fc.integer({ min: 80, max: 4_000 }), gapMs: fc.integer({ min: 0, max: 400 }) }),
          { minLength: 3, maxLength: 20 },
        ),
        fc.integer({ min: 300, max: 3_000 }),
        (uplinkMs, returnMs, chunks, decideAt) => {
          const { clock, line, playback } = setUp(uplinkMs, returnMs);
          playback.expect(1);
          let at = 0;
          for (const { bytes, gapMs } of chunks) {
            clock.after(at, () => playback.accept(1, audio(bytes), bytes));
            at += gapMs;
          }
          clock.advance(decideAt);
          const estimatedMs = playback.ear()?.ms ?? 0;
          playback.clear();
          clock.advance(uplinkMs);
          const heardMs = line.playedBytes / 8;
          // Before the first echo the way there is a guess of 50 ms, and later only both ways together are known.
          const unknowableMs = Math.max(Math.abs(uplinkMs - 50), Math.abs(uplinkMs - returnMs));
          expect(Math.abs(estimatedMs - heardMs)).toBeLessThanOrEqual(unknowableMs + 60);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
