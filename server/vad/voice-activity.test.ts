import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../log.ts';
import { SpeechEngine } from '../sandbox/speech/engine.ts';
import { encodeMulaw, SILENCE } from '../sandbox/speech/mulaw.ts';
import { EnergyGate, levelDb } from './energy-gate.ts';
import { loadSilero, type SpeechModel } from './silero.ts';
import { voiceActivityTunables } from './tunables.ts';
import { voiceActivity } from './voice-activity.ts';

const FRAME_BYTES = 160;
const silence = (ms: number) => Buffer.alloc(ms * 8, SILENCE);

/** The same noise every time, at a level in dB below full scale. */
function noise(ms: number, db: number): Buffer {
  let state = 12_345;
  const amplitude = 32_767 * 10 ** (db / 20) * Math.sqrt(3);
  return encodeMulaw(
    Int16Array.from({ length: ms * 8 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.round((state / 2 ** 31 - 1) * amplitude);
    }),
  );
}

/** What is reported of some audio, in milliseconds of it. */
async function listen(model: SpeechModel | null, audio: Buffer, watched = true): Promise<string[]> {
  const heard: string[] = [];
  let atMs = 0;
  const asked: { last: Promise<unknown> | null } = { last: null };
  const followed: SpeechModel | null = model && {
    ...model,
    stream() {
      const inner = model.stream();
      return {
        push: (window) => {
          const probability = inner.push(window);
          asked.last = probability;
          return probability;
        },
        reset: () => inner.reset(),
      };
    },
  };
  const stream = voiceActivity(followed, createLogger('silent')).open({
    onVoice: (forMs) => heard.push(`on ${atMs} (${forMs})`),
    onSilence: () => heard.push(`off ${atMs}`),
  });
  for (let at = 0; at + FRAME_BYTES <= audio.length; at += FRAME_BYTES) {
    atMs += 20;
    stream.push(audio.subarray(at, at + FRAME_BYTES), watched);
    // The model answers between two frames, as it does in a call.
    for (let awaited: unknown; awaited !== asked.last; ) {
      awaited = asked.last;
      await asked.last?.catch(() => 'told by the detector');
    }
    await null;
  }
  stream.close();
  return heard;
}

describe('the energy gate', () => {
  it('measures levels as they are', () => {
    expect(levelDb(noise(20, -20))).toBeCloseTo(-20, 0);
    expect(levelDb(silence(20))).toBe(-90);
  });

  it('gets used to the noise of the line', () => {
    const gate = new EnergyGate(voiceActivityTunables);
    const hiss = noise(20_000, -45);
    const sound = (from: number, to: number) => {
      let count = 0;
      for (let at = from; at < to; at += FRAME_BYTES)
        if (gate.push(hiss.subarray(at, at + FRAME_BYTES), false)) count += 1;
      return count;
    };
    expect(sound(0, 8_000)).toBeGreaterThan(0);
    sound(8_000, 120_000);
    expect(sound(120_000, 160_000)).toBe(0);
  });

  it('takes for echo what comes in all the time while the persona speaks, and hears what is louder', () => {
    const gate = new EnergyGate(voiceActivityTunables);
    const echo = noise(4_000, -38);
    let last = true;
    for (let at = 0; at < echo.length; at += FRAME_BYTES)
      last = gate.push(echo.subarray(at, at + FRAME_BYTES), true);
    expect(last).toBe(false);
    expect(gate.push(noise(20, -20), true)).toBe(true);
  });

  it('knows how long it has been quiet', () => {
    const gate = new EnergyGate(voiceActivityTunables);
    expect(gate.quietForMs).toBeNull();
    gate.push(noise(20, -20), false);
    for (let i = 0; i < 10; i++) gate.push(silence(20), false);
    expect(gate.quietForMs).toBe(200);
  });
});

describe('voice activity', () => {
  let model: SpeechModel;
  let engine: SpeechEngine;
  beforeAll(async () => {
    model = await loadSilero();
    engine = new SpeechEngine();
  });
  afterAll(async () => {
    await engine.close();
    await model.close();
  });

  it('is found soon after speech begins, and ends with it', async () => {
    const { audio, words } = await engine.speak('slt', 'I have something to say about that, if I may.');
    const heard = await listen(model, Buffer.concat([silence(1_000), audio, silence(1_000)]));
    const onset = 1_000 + (words[0]?.startMs ?? 0);
    const onAt = Number(/^on (\d+)/.exec(heard[0] ?? '')?.[1]);
    expect(onAt - onset).toBeGreaterThan(100);
    expect(onAt - onset).toBeLessThan(450);
    expect(heard.at(-1)).toMatch(/^off/);
  });

  it('is not found in noise, hum or tones', async () => {
    const hum = encodeMulaw(
      Int16Array.from({ length: 16_000 }, (_, i) =>
        Math.round(9_000 * Math.sin((i * 2 * Math.PI * 180) / 8_000)),
      ),
    );
    const tone = encodeMulaw(
      Int16Array.from({ length: 16_000 }, (_, i) =>
        Math.round(
          5_000 * (Math.sin((i * 2 * Math.PI * 350) / 8_000) + Math.sin((i * 2 * Math.PI * 440) / 8_000)),
        ),
      ),
    );
    for (const sound of [noise(2_000, -25), hum, tone])
      expect(await listen(model, Buffer.concat([silence(500), sound, silence(500)]))).toEqual([]);
  });

  it('is not looked for while nothing depends on it', async () => {
    const { audio } = await engine.speak('slt', 'Nobody listens to this.');
    expect(await listen(model, audio, false)).toEqual([]);
  });

  it('goes on by level when the model fails', async () => {
    const failing: SpeechModel = {
      stream: () => ({ push: () => Promise.reject(new Error('out of memory')), reset: () => undefined }),
      close: () => Promise.resolve(),
    };
    const heard = await listen(failing, Buffer.concat([silence(500), noise(600, -18), silence(1_000)]));
    expect(heard).toHaveLength(2);
  });

  it('without the model is judged by level alone', async () => {
    const loud = Buffer.concat([silence(1_000), noise(600, -18), silence(1_000)]);
    const heard = await listen(null, loud);
    expect(heard).toHaveLength(2);
    expect(heard[0]).toMatch(/^on 1[12]\d\d/);
  });
});
