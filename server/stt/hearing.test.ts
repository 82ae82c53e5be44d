import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  CLOSED_PORT_URL,
  credentials,
  startTestSandbox,
  type TestSandbox,
  until,
} from '../../test/sandbox.ts';
import { VirtualClock } from '../../test/virtual-clock.ts';
import type { SttStream } from '../call/ports.ts';
import { DELAYS } from '../sandbox/delays.ts';
import { SpeechEngine } from '../sandbox/speech/engine.ts';
import { SILENCE } from '../sandbox/speech/mulaw.ts';
import { cartesiaInk } from './cartesia-ink.ts';
import type { SttConnectionHandlers, SttVendor } from './connection.ts';
import { deepgramFlux } from './deepgram.ts';
import { framesOf, listen } from './hearing.testing.ts';

const FRAME_MS = 20;
/** Frames that the stand-in may be behind before more are sent: it tells how far it is every 240 ms of audio. */
const FRAMES_AHEAD = 25;

describe('hearing with real speech', () => {
  let sandbox: TestSandbox;
  let engine: SpeechEngine;
  let streams: SttStream[] = [];
  beforeAll(async () => {
    // No lag, so that audio may be sent faster than it is spoken.
    sandbox = await startTestSandbox(DELAYS.modelled);
    engine = new SpeechEngine();
  });
  afterEach(() => {
    for (const stream of streams) stream.close();
    streams = [];
  });
  afterAll(async () => {
    await engine.close();
    await sandbox.close();
  });

  const flux = (baseUrl = sandbox.urls.deepgram) => deepgramFlux({ apiKey: credentials.apiKey, baseUrl });
  const ink = () => cartesiaInk({ apiKey: credentials.apiKey, baseUrl: sandbox.urls.cartesia });

  const frames = (text: string) => framesOf(text, engine, sandbox);

  it('hears with Ink what Flux cannot, from the first word on', async () => {
    const { stream, heard } = listen([flux(CLOSED_PORT_URL), ink()]);
    streams.push(stream);
    for (const frame of await frames('Somebody else is listening now.')) stream.send(frame);
    await until('the turn has ended', () => heard.ends.length === 1);
    expect(heard.ends[0]?.[1]).toBe('Somebody else is listening now.');
    expect(heard.usage.at(-1)).toMatchObject({ vendor: 'cartesia', sku: 'stt.ms' });
  });

  it('goes over to Ink in the middle of a turn, and loses no word', async () => {
    // The first connection breaks in mid-turn, and every other one is refused.
    await sandbox.fault({ vendor: 'deepgram', kind: 'drop', afterMs: 200 });
    const sentence = 'This sentence began with one vendor and ends with another.';
    const all = await frames(sentence);
    const { stream, heard } = listen([flux(), ink()]);
    streams.push(stream);
    await sandbox.fault({ vendor: 'deepgram', kind: 'status', status: 503, times: 50 });
    for (const frame of all.slice(0, 70)) stream.send(frame);
    await until('Ink has taken over', () => heard.ups === 1);
    for (const frame of all.slice(70)) stream.send(frame);
    await until('the turn has ended', () => heard.ends.length === 1);
    expect(heard.ends[0]?.[1]).toBe(sentence);
    await sandbox.clearFaults();
  });

  it('tells the same of a monologue of 60 s when its connection is cut ten times', {
    timeout: 90_000,
  }, async () => {
    const sentences = [
      'When I was a child we lived in a small house near the river.',
      'My father kept bees, and every summer we had honey on our bread.',
      'One morning the whole garden was full of them, and nobody knew why.',
      'My sister ran inside, but I stayed and watched them for an hour.',
      'They had found a new queen, he told me later, and wanted to move.',
      'So he built them another box, painted it blue, and put it under the tree.',
      'The next year we had twice as much honey, and gave most of it away.',
      'I have never been afraid of bees since then, not even of the big ones.',
      'When I am tired I still think of that garden, and of the sound it made.',
      'You should have been there, you would have understood it at once.',
      'Some things are too small to tell, and too large to forget.',
      'That is all I wanted to say about the bees and the river.',
      'Now tell me something about the place where you grew up.',
      'I would like to know whether you had a garden, or only a balcony.',
      'People say that it makes no difference, but I am not so sure.',
      'Everything that I know about patience I have learned from insects.',
    ];
    const monologue = (await Promise.all(sentences.map(frames))).flat();
    expect(monologue.length).toBeGreaterThan(60 * 50);
    const told = async (cutsAtFrame: ReadonlySet<number>) => {
      let cut: () => void = () => undefined;
      let sent = 0;
      let heardMs = 0;
      const breakable: SttVendor = {
        ...flux(),
        connect(info, handlers) {
          [sent, heardMs] = [0, 0];
          const connection = flux().connect(info, {
            ...handlers,
            onTurn(event) {
              heardMs = event.heardMs ?? 0;
              handlers.onTurn(event);
            },
          });
          cut = () => {
            connection.close();
            handlers.onLost('cut by the test');
          };
          return {
            get reference() {
              return connection.reference;
            },
            send(frame) {
              sent += 1;
              connection.send(frame);
            },
            close: () => connection.close(),
          };
        },
      };
      const { stream, heard } = listen([breakable]);
      streams.push(stream);
      for (const [i, frame] of monologue.entries()) {
        stream.send(frame);
        if (cutsAtFrame.has(i)) cut();
        await until('the stand-in has listened', () => sent - heardMs / FRAME_MS < FRAMES_AHEAD);
      }
      await until(
        'the last words were heard',
        () => heard.ends.at(-1)?.[1].includes('insects') === true,
        60_000,
      );
      return heard.ends.map(([, text]) => text).join(' ');
    };
    const cuts = new Set<number>();
    for (let i = 0; cuts.size < 10; i++) cuts.add(50 + ((i * 7_919 + 1_237) % (monologue.length - 100)));
    const uncut = await told(new Set());
    expect(uncut.split(' ').length).toBeGreaterThan(180);
    expect(await told(cuts)).toBe(uncut);
  });
});

/** A vendor under the test's control. */
class FakeVendor implements SttVendor {
  readonly name = 'deepgram';
  silentAtMostMs: number | null = null;
  readonly connections: Array<{ handlers: SttConnectionHandlers; sent: number; closed: boolean }> = [];

  connect(_call: unknown, handlers: SttConnectionHandlers) {
    const connection = { handlers, sent: 0, closed: false };
    this.connections.push(connection);
    return {
      reference: null,
      send: () => {
        connection.sent += 1;
      },
      close: () => {
        connection.closed = true;
      },
    };
  }
}

describe('hearing in virtual time', () => {
  const frame = Buffer.alloc(160, SILENCE);

  it('takes a vendor that falls silent under audio for gone, and asks it again', () => {
    const clock = new VirtualClock();
    const vendor = new FakeVendor();
    vendor.silentAtMostMs = 4_000;
    const { stream, heard } = listen([vendor], clock);
    vendor.connections[0]?.handlers.onOpen();
    for (let i = 0; i < 500; i++) {
      stream.send(frame);
      clock.advance(20);
    }
    expect(vendor.connections.length).toBeGreaterThan(1);
    expect(vendor.connections[0]?.closed).toBe(true);
    expect(heard.downs).toBe(1);
    stream.close();
    expect(clock.pending).toBe(0);
  });

  it('does not suspect a vendor that is sent nothing', () => {
    const clock = new VirtualClock();
    const vendor = new FakeVendor();
    vendor.silentAtMostMs = 4_000;
    const { stream } = listen([vendor], clock);
    vendor.connections[0]?.handlers.onOpen();
    clock.advance(60_000);
    expect(vendor.connections).toHaveLength(1);
    stream.close();
  });

  it('keeps only a few seconds of silence to be heard again', () => {
    const clock = new VirtualClock();
    const vendor = new FakeVendor();
    const { stream } = listen([vendor], clock);
    vendor.connections[0]?.handlers.onOpen();
    for (let i = 0; i < 5_000; i++) stream.send(frame);
    vendor.connections[0]?.handlers.onLost('cut');
    clock.advance(10);
    vendor.connections[1]?.handlers.onOpen();
    expect(vendor.connections[1]?.sent).toBeLessThanOrEqual(2 * 150);
    expect(vendor.connections[1]?.sent).toBeGreaterThanOrEqual(150);
    stream.close();
  });

  it('hands the call to the next vendor after two failures in a row, and back after two of that one', () => {
    const clock = new VirtualClock();
    const [first, second] = [new FakeVendor(), new FakeVendor()];
    const { stream, heard } = listen([first, second], clock);
    for (let i = 0; i < 2; i++) {
      first.connections.at(-1)?.handlers.onLost('refused');
      clock.advance(1);
    }
    expect([first.connections.length, second.connections.length]).toEqual([2, 1]);
    for (let i = 0; i < 2; i++) {
      second.connections.at(-1)?.handlers.onLost('refused');
      clock.advance(1_000);
    }
    expect(first.connections).toHaveLength(3);
    expect(heard.downs).toBe(1);
    stream.close();
  });
});
