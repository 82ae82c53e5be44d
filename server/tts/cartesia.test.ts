import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CLOSED_PORT_URL,
  credentials,
  startTestSandbox,
  type TestSandbox,
  until,
  watchRejections,
} from '../../test/sandbox.ts';
import type { Word } from '../call/conversation/types.ts';
import type { TtsStream } from '../call/ports.ts';
import type { Usage } from '../cost/usage.ts';
import { createLogger } from '../log.ts';
import { cartesiaTextToSpeech } from './cartesia.ts';

let sandbox: TestSandbox;
let rejections: ReturnType<typeof watchRejections>;
let open: TtsStream[] = [];
const BRAD = 'a0e99841-438c-4a64-b679-ae501e7d6091';

beforeAll(async () => {
  sandbox = await startTestSandbox();
});
afterAll(() => sandbox.close());
beforeEach(() => {
  rejections = watchRejections();
});
afterEach(() => {
  for (const stream of open) stream.close();
  open = [];
  rejections.stop();
  expect(rejections.all).toEqual([]);
});

function speaker(options: { baseUrl?: string; apiKey?: string; voice?: string } = {}) {
  const heard = {
    bytes: new Map<number, number>(),
    words: [] as Word[],
    done: [] as number[],
    failed: [] as Array<[number, string]>,
    usage: [] as Usage[],
  };
  const tts = cartesiaTextToSpeech({
    apiKey: options.apiKey ?? credentials.apiKey,
    baseUrl: options.baseUrl ?? sandbox.urls.cartesia,
    log: createLogger('silent'),
  });
  const stream = tts.open(
    { callId: 'call', voice: options.voice ?? BRAD },
    {
      onAudio: (utt, _payload, byteCount) => heard.bytes.set(utt, (heard.bytes.get(utt) ?? 0) + byteCount),
      onWords: (_utt, words) => heard.words.push(...words),
      onDone: (utt) => heard.done.push(utt),
      onFailed: (utt, problem) => heard.failed.push([utt, problem]),
    },
    (usage) => heard.usage.push(usage),
  );
  open.push(stream);
  return { stream, heard };
}

describe('Cartesia through its SDK', () => {
  it('speaks pieces as one stretch of audio with rising word times', async () => {
    const { stream, heard } = speaker();
    stream.say(1, 'Good morning, ', false, 0);
    stream.say(1, 'how are you today?', true, 0);
    await until('the utterance is done', () => heard.done.includes(1));
    expect(heard.words.map((word) => word.text)).toEqual(['Good', 'morning,', 'how', 'are', 'you', 'today?']);
    const ends = heard.words.map((word) => word.endMs);
    expect([...ends].sort((a, b) => a - b)).toEqual(ends);
    expect(ends.at(-1)).toBeLessThanOrEqual((heard.bytes.get(1) ?? 0) / 8);
    expect(heard.usage.at(-1)).toMatchObject({
      vendor: 'cartesia',
      units: 'Good morning, how are you today?'.length,
      outcome: 'complete',
    });
  });

  it('offers no compression', async () => {
    speaker();
    await until('a connection was made', async () =>
      (await sandbox.journal('cartesia')).some((entry) => entry.what === 'upgrade'),
    );
    expect(
      (await sandbox.journal('cartesia')).filter((entry) => entry.what === 'upgrade').at(-1)?.detail
        .extensions,
    ).toBeNull();
  });

  it('case 31: stops on cancel, and counts the characters that were sent, heard or not', async () => {
    const { stream, heard } = speaker();
    stream.say(
      1,
      'This is a rather long sentence, which nobody will ever hear to its end, because it is cut.',
      true,
      0,
    );
    await until('audio has begun', () => (heard.bytes.get(1) ?? 0) > 0);
    stream.cancel(1);
    const bytes = heard.bytes.get(1);
    stream.say(2, 'Next.', true, 0);
    await until('the next utterance is done', () => heard.done.includes(2));
    expect(heard.bytes.get(1)).toBe(bytes);
    expect(heard.done).toEqual([2]);
    expect(heard.usage.filter((usage) => usage.reference === 'call-1').at(-1)).toMatchObject({
      outcome: 'aborted',
      units: 90,
    });
  });

  it.each([
    ['a refused connection', { baseUrl: CLOSED_PORT_URL }],
    ['a wrong key', { apiKey: 'wrong' }],
  ])('reports %s as a failed utterance, without an unhandled rejection', async (_name, options) => {
    const { stream, heard } = speaker(options);
    stream.say(1, 'Hello.', true, 0);
    await until('the failure is reported', () => heard.failed.length > 0);
    expect(heard.failed[0]?.[0]).toBe(1);
  });

  it('fails what it was saying when the socket drops, and speaks on over a new one', async () => {
    await sandbox.fault({ vendor: 'cartesia', kind: 'drop', afterMs: 300 });
    const { stream, heard } = speaker();
    stream.say(
      1,
      'This sentence is long enough to be cut in the middle by a socket that goes away too soon.',
      true,
      0,
    );
    await until('the failure is reported', () => heard.failed.length > 0);
    stream.say(2, 'Still here.', true, 0);
    await until('the next utterance is done', () => heard.done.includes(2));
    expect(heard.bytes.get(2)).toBeGreaterThan(0);
  });

  it('reports an error event for its own utterance only', async () => {
    const { stream, heard } = speaker({ voice: 'no-such-voice' });
    stream.say(1, 'Hello.', true, 0);
    await until('the failure is reported', () => heard.failed.length > 0);
    expect(heard.failed[0]?.[1]).toContain('voice_not_found');
  });

  it('survives a message that is not JSON', async () => {
    await sandbox.fault({ vendor: 'cartesia', kind: 'garbage', afterMs: 20 });
    const { stream, heard } = speaker();
    stream.say(1, 'Hello there, my friend.', true, 0);
    await until('the utterance ends one way or the other', () => heard.done.length + heard.failed.length > 0);
  });

  it('asks another model on another socket for a text that failed twice', async () => {
    const { stream, heard } = speaker();
    const upgrades = async () =>
      (await sandbox.journal('cartesia')).filter((entry) => entry.what === 'upgrade').length;
    stream.say(1, 'First try.', true, 0);
    await until('it is spoken', () => heard.done.includes(1));
    const before = await upgrades();
    stream.say(2, 'Second try.', true, 1);
    stream.say(3, 'Third try.', true, 2);
    await until('it is spoken', () => heard.done.includes(3));
    expect(await upgrades()).toBe(before + 2);
    const models = (await sandbox.journal('cartesia'))
      .filter((entry) => entry.what === 'generate')
      .slice(-3)
      .map((entry) => entry.detail.model);
    expect(models).toEqual(['sonic-3.5', 'sonic-3.5', 'sonic-3']);
  });

  it('goes on in a new context when the vendor ends one while there is more to say', async () => {
    await sandbox.fault({ vendor: 'cartesia', kind: 'expire' });
    const { stream, heard } = speaker();
    stream.say(1, 'This is the first part. ', false, 0);
    await until('its audio has come', () => (heard.bytes.get(1) ?? 0) > 8_000);
    let [size, unchanged] = [0, 0];
    await until('all of it has come', () => {
      const now = heard.bytes.get(1) ?? 0;
      unchanged = now === size ? unchanged + 1 : 0;
      size = now;
      return unchanged > 30;
    });
    stream.say(1, 'And this is the rest.', true, 0);
    await until('the utterance is done', () => heard.done.includes(1));
    expect(heard.done).toEqual([1]);
    const { words } = heard;
    expect(words.map((word) => word.text).join(' ')).toBe('This is the first part. And this is the rest.');
    const starts = words.map((word) => word.startMs);
    expect(starts).toEqual([...starts].sort((a, b) => a - b)); // times go on where the first context ended
    expect(heard.usage.filter((usage) => usage.outcome === 'complete').at(-1)?.reference).toBe('call-1.1');
  });
});
