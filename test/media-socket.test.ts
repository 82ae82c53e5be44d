import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { postSigned, twilioSignature } from '../server/sandbox/twilio/callbacks.ts';
import { parseTwiml } from '../server/sandbox/twilio/twiml.ts';
import { startTestApp, type TestApp } from './app.ts';
import { credentials, until, watchRejections } from './sandbox.ts';

let test: TestApp;
let rejections: ReturnType<typeof watchRejections>;
let nextNumber = 15_550_300;

beforeAll(async () => {
  test = await startTestApp();
  rejections = watchRejections();
});
afterAll(async () => {
  await test.close();
  rejections.stop();
});
afterEach(() => {
  expect(rejections.all).toEqual([]);
});

const SILENT_FRAME = Buffer.alloc(160, 0xff).toString('base64');

/** A call that rings for ever at the stand-in, so that the test can play the media stream by itself. */
async function ringingCall(): Promise<{ callId: string; carrierSid: string; token: string }> {
  const number = `+${nextNumber++}`;
  await test.sandbox.putCaller(number, { answerAfterMs: null, lines: [] });
  const placed = await test.api('/api/calls', { method: 'POST', body: { to: number, displayName: 'Alice' } });
  const callId = (placed.json as { id: string }).id;
  const { carrierSid } = await row(callId);
  return { callId, carrierSid, token: await streamToken(callId, carrierSid) };
}

async function streamToken(callId: string, carrierSid: string): Promise<string> {
  const twiml = await postSigned(
    credentials.authToken,
    `${test.app.publicBaseUrl}/twilio/voice?callId=${callId}`,
    { CallSid: carrierSid },
  );
  const [verb] = parseTwiml(twiml);
  return verb?.verb === 'stream' ? (verb.parameters.token ?? '') : '';
}

async function row(callId: string): Promise<{
  state: string;
  carrierSid: string;
  endReason: string | null;
  transcript: Array<{ text: string }>;
}> {
  return (await test.api(`/api/calls/${callId}`)).json as never;
}

/** A media stream by hand. */
class Stream {
  readonly streamSid = 'MZtest';
  readonly received: Array<{ event: string }> = [];
  closed: { code: number; reason: string } | null = null;
  readonly #socket: WebSocket;
  readonly #opened: Promise<void>;

  constructor() {
    const url = `${test.app.publicBaseUrl.replace('http', 'ws')}/twilio/media`;
    this.#socket = new WebSocket(url, {
      headers: { 'x-twilio-signature': twilioSignature(credentials.authToken, url, {}) },
    });
    this.#socket.on('message', (data) =>
      this.received.push(JSON.parse(data.toString()) as { event: string }),
    );
    this.#socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    this.#opened = new Promise((resolve, reject) => {
      this.#socket.once('open', resolve);
      this.#socket.once('error', reject);
    });
  }

  async start(
    call: { callId: string; carrierSid: string; token: string },
    changes: Record<string, unknown> = {},
  ): Promise<this> {
    await this.#opened;
    this.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    this.send({
      event: 'start',
      streamSid: this.streamSid,
      start: {
        streamSid: this.streamSid,
        callSid: call.carrierSid,
        customParameters: { callId: call.callId, token: call.token },
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        ...changes,
      },
    });
    return this;
  }

  send(message: unknown): void {
    this.#socket.send(
      typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
    );
  }

  media(payload: string = SILENT_FRAME, streamSid: string = this.streamSid): void {
    this.send({ event: 'media', streamSid, media: { track: 'inbound', payload } });
  }

  hangUp(): void {
    this.#socket.close();
  }
}

/** The callee hangs up: the stream closes, and the carrier says what it bills. */
async function hangUp(call: { callId: string; carrierSid: string }, stream: Stream): Promise<void> {
  stream.hangUp();
  await test.sandbox.hangUp(call.carrierSid);
  await until('the call has ended', async () => (await row(call.callId)).state === 'ended');
}

async function hangUpAsked(carrierSid: string): Promise<boolean> {
  const journal = await test.sandbox.journal('twilio');
  return journal.some(
    ({ what, detail }) =>
      what === 'rest' &&
      String(detail.pathname).includes(carrierSid) &&
      (detail.form as { Status?: string }).Status === 'completed',
  );
}

async function liveStream(): Promise<{ call: Awaited<ReturnType<typeof ringingCall>>; stream: Stream }> {
  const call = await ringingCall();
  const stream = await new Stream().start(call);
  await until('the persona speaks', () => stream.received.some((message) => message.event === 'media'));
  return { call, stream };
}

describe('a media stream', () => {
  it('carries a call: the persona introduces itself as an AI', async () => {
    const { call, stream } = await liveStream();
    expect((await row(call.callId)).state).toBe('live');
    await hangUp(call, stream);
    expect((await row(call.callId)).endReason).toBe('caller-hung-up');
  }, 30_000);

  it.each<[string, (stream: Stream) => void]>([
    ['a second start', (stream) => void stream.start({ callId: 'x', carrierSid: 'y', token: 'z' })],
    ['a foreign streamSid', (stream) => stream.media(SILENT_FRAME, 'MZother')],
    ['a payload that is not base64', (stream) => stream.media('%%%')],
    ['a frame that is far too long', (stream) => stream.media(Buffer.alloc(9_000, 0xff).toString('base64'))],
    ['a message that is not JSON', (stream) => stream.send('{"event":')],
    ['a binary message', (stream) => stream.send(Buffer.from([1, 2, 3]))],
    [
      'an event that does not exist',
      (stream) => stream.send({ event: 'video', streamSid: stream.streamSid }),
    ],
    [
      'a media message without media',
      (stream) => stream.send({ event: 'media', streamSid: stream.streamSid }),
    ],
  ])(
    'that sends %s is ended cleanly: hung up, closed, on record',
    async (_name, misbehave) => {
      const { call, stream } = await liveStream();
      misbehave(stream);
      await until('the carrier was told to hang up', () => hangUpAsked(call.carrierSid));
      stream.hangUp(); // as the carrier does when it hangs up
      await until('the call has ended', async () => (await row(call.callId)).state === 'ended');
      expect((await row(call.callId)).endReason).toBe('line-protocol-error');
      expect((await test.api('/health')).status).toBe(200);
    },
    60_000,
  );

  it.each<[string, (call: { callId: string; carrierSid: string; token: string }) => typeof call]>([
    ['a wrong token', (call) => ({ ...call, token: 'wrong' })],
    ['no token', (call) => ({ ...call, token: '' })],
    ['the token of another call', (call) => ({ ...call, callId: '00000000-0000-4000-8000-000000000000' })],
    ['an id that is none', (call) => ({ ...call, callId: 'x' })],
    ['the callSid of another call', (call) => ({ ...call, carrierSid: `CA${'0'.repeat(32)}` })],
  ])(
    'with %s is closed, and the call waits on for the right one',
    async (_name, change) => {
      const call = await ringingCall();
      const stream = await new Stream().start(change(call));
      await until('the socket is closed', () => stream.closed !== null);
      expect(stream.closed?.code).toBe(1008);
      const right = await new Stream().start(call);
      await until('the persona speaks', () => right.received.some((message) => message.event === 'media'));
      await hangUp(call, right);
    },
    20_000,
  );

  it('cannot be opened twice with one token, not even at the same time', async () => {
    const call = await ringingCall();
    const streams = await Promise.all(Array.from({ length: 5 }, () => new Stream().start(call)));
    await until(
      'four of five are closed',
      () => streams.filter((stream) => stream.closed !== null).length === 4,
    );
    const open = streams.find((stream) => stream.closed === null);
    await until(
      'the fifth hears the persona',
      () => open?.received.some((message) => message.event === 'media') === true,
    );
    if (open !== undefined) await hangUp(call, open);
  }, 20_000);

  it('of an ended call is refused', async () => {
    const { call, stream } = await liveStream();
    await hangUp(call, stream);
    expect(await streamToken(call.callId, call.carrierSid)).toBe('');
  }, 40_000);

  it('with another audio format is refused', async () => {
    const call = await ringingCall();
    const stream = await new Stream().start(call, {
      mediaFormat: { encoding: 'audio/l16', sampleRate: 16000, channels: 1 },
    });
    await until('the socket is closed', () => stream.closed !== null);
    expect(stream.closed?.reason).toContain('unsupported media format');
  });

  it('whose far end neither listens nor closes is closed by us', async () => {
    const { call, stream } = await liveStream();
    stream.media('%%%');
    await until('the socket is closed', () => stream.closed !== null);
    expect(stream.closed?.code).toBe(1000);
    await until('the call has ended', async () => (await row(call.callId)).state === 'ended');
  }, 20_000);

  it('that hangs up while its token is being checked leaves nothing behind', async () => {
    const call = await ringingCall();
    const stream = await new Stream().start(call);
    await hangUp(call, stream);
  }, 40_000);
});

describe('the end of a call that is just being answered', () => {
  it('is written once, by whoever holds the stream, whatever order the news arrive in', async () => {
    for (let round = 0; round < 12; round++) {
      const call = await ringingCall();
      const stream = new Stream();
      await Promise.all([stream.start(call), test.sandbox.hangUp(call.carrierSid)]);
      stream.hangUp();
      // The carrier's seconds are waited for up to 15 s, when its word came before the stream was held.
      await until('the call has ended', async () => (await row(call.callId)).state === 'ended', 20_000);
    }
  }, 120_000);
});
