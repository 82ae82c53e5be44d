import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CLOSED_PORT_URL,
  credentials,
  startTestSandbox,
  type TestSandbox,
  until,
  watchRejections,
} from '../../test/sandbox.ts';
import type { SttStream } from '../call/ports.ts';
import { SpeechEngine } from '../sandbox/speech/engine.ts';
import { SILENCE } from '../sandbox/speech/mulaw.ts';
import { deepgramFlux } from './deepgram.ts';
import { framesOf, listen } from './hearing.testing.ts';

let sandbox: TestSandbox;
let engine: SpeechEngine;
let rejections: ReturnType<typeof watchRejections>;
let open: SttStream[] = [];

beforeAll(async () => {
  sandbox = await startTestSandbox();
  engine = new SpeechEngine();
});
afterAll(async () => {
  await engine.close();
  await sandbox.close();
});
beforeEach(() => {
  rejections = watchRejections();
});
afterEach(() => {
  for (const stream of open) stream.close();
  open = [];
  rejections.stop();
  expect(rejections.all).toEqual([]);
});

function listener(options: { baseUrl?: string; apiKey?: string } = {}) {
  const { stream, heard } = listen([
    deepgramFlux({
      apiKey: options.apiKey ?? credentials.apiKey,
      baseUrl: options.baseUrl ?? sandbox.urls.deepgram,
    }),
  ]);
  open.push(stream);
  return { stream, heard };
}

const frames = (text: string) => framesOf(text, engine, sandbox);

describe('Deepgram Flux through its SDK', () => {
  it('hears a turn: growing partials, then its end, with every word', async () => {
    const { stream, heard } = listener();
    for (const frame of await frames('I want to finish the report today.')) stream.send(frame);
    await until('the turn has ended', () => heard.ends.length === 1);
    expect(heard.ends).toEqual([[0, 'I want to finish the report today.']]);
    expect(heard.eager).toEqual(heard.ends); // announced beforehand, with the same text
    expect(heard.partials.length).toBeGreaterThan(1);
    const texts = heard.partials.map(([, text]) => text);
    expect(new Set(texts).size).toBe(texts.length); // only changes are passed on
  });

  it('sends keyterms one by one and offers no compression', async () => {
    listener();
    await until('a connection was made', async () =>
      (await sandbox.journal('deepgram')).some((entry) => entry.what === 'upgrade'),
    );
    const upgrade = (await sandbox.journal('deepgram')).filter((entry) => entry.what === 'upgrade').at(-1);
    expect(upgrade?.detail.target).toMatch(/keyterm=Brad&keyterm=Alice%20B/);
    expect(upgrade?.detail.extensions).toBeNull();
  });

  it('shows audio that was lost as words that were lost', async () => {
    const { stream, heard } = listener();
    const all = await frames('One sunny morning seven elephants danced together.');
    const third = Math.floor(all.length / 3);
    for (const [i, frame] of all.entries()) if (i < third || i > third + 40) stream.send(frame);
    await until('the turn has ended', () => heard.ends.length === 1);
    const words = heard.ends[0]?.[1].split(' ').length ?? 0;
    expect(words).toBeGreaterThan(1);
    expect(words).toBeLessThan(7);
  });

  it('loses nothing when the socket drops in mid-turn, and keeps turn numbers growing', async () => {
    await sandbox.fault({ vendor: 'deepgram', kind: 'drop', afterMs: 150 });
    const { stream, heard } = listener();
    const first = await frames('Let me say something long enough to be cut off.');
    for (const frame of first.slice(0, 60)) stream.send(frame);
    await until('the connection was lost and is back', () => heard.ups === 1);
    for (const frame of first.slice(60)) stream.send(frame);
    await until('the turn has ended', () => heard.ends.length === 1);
    expect(heard.ends[0]?.[1]).toBe('Let me say something long enough to be cut off.');
    for (const frame of await frames('And another thing.')) stream.send(frame);
    await until('the second turn has ended', () => heard.ends.length === 2);
    expect(heard.ends[1]?.[0]).toBeGreaterThan(heard.ends[0]?.[0] ?? 99);
    expect(heard.downs).toBe(1);
  });

  it.each([
    ['a refused connection', { baseUrl: CLOSED_PORT_URL }],
    ['a wrong key', { apiKey: 'wrong' }],
  ])(
    'reports %s once as being down, keeps trying, and never throws into the audio path',
    async (_name, options) => {
      const { stream, heard } = listener(options);
      for (const frame of await frames('Hello?')) stream.send(frame);
      await until('it is reported', () => heard.downs === 1);
      stream.send(Buffer.alloc(160, SILENCE));
      expect(heard.ups).toBe(0);
    },
  );

  it('closes its socket on close, and bills the audio that was sent', async () => {
    const { stream, heard } = listener();
    const sent = await frames('Hello?');
    for (const frame of sent) stream.send(frame);
    await until('the turn has ended', () => heard.ends.length === 1);
    const before = (await sandbox.journal('deepgram')).filter((entry) => entry.what === 'closed').length;
    stream.close();
    await until(
      'the stand-in saw it close',
      async () =>
        (await sandbox.journal('deepgram')).filter((entry) => entry.what === 'closed').length > before,
    );
    expect(heard.usage.at(-1)).toMatchObject({ vendor: 'deepgram', sku: 'stt.ms', units: sent.length * 20 });
  });

  it('case 34: bills each connection for its own audio, to the frame, also after a drop', async () => {
    const before = (await sandbox.journal('deepgram')).length;
    await sandbox.fault({ vendor: 'deepgram', kind: 'drop', afterMs: 250 });
    const broken = await frames('This line is going to break.'); // ready beforehand, so that the first connection gets it
    const { stream, heard } = listener();
    for (const frame of broken) stream.send(frame);
    await until('the connection was lost and is back', () => heard.ups === 1);
    for (const frame of await frames('And now it is whole.')) stream.send(frame);
    await until('a turn has ended on the second connection', () =>
      heard.ends.some(([, text]) => text.includes('whole')),
    );
    stream.close();
    const closed = async () =>
      (await sandbox.journal('deepgram')).slice(before).filter((entry) => entry.what === 'closed');
    await until('both connections are closed', async () => (await closed()).length >= 2);
    const received = (await closed()).reduce((sum, entry) => sum + Number(entry.detail.audioBytes) / 8, 0);
    const billed = new Map(heard.usage.map((usage) => [usage.reference, usage.units]));
    expect((await closed()).every((entry) => Number(entry.detail.audioBytes) > 0)).toBe(true);
    expect([...billed.values()].reduce((sum, units) => sum + units, 0)).toBe(received);
  });

  it('survives a message that is not JSON', async () => {
    await sandbox.fault({ vendor: 'deepgram', kind: 'garbage', afterMs: 10 });
    const { stream, heard } = listener();
    for (const frame of await frames('Are you still listening?')) stream.send(frame);
    await until('the turn has ended', () => heard.ends.length === 1);
  });
});
