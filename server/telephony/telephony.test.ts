import { inspect } from 'node:util';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { credentials, startTestSandbox, type TestSandbox, until } from '../../test/sandbox.ts';
import { type StandInServer, startServer, webSocketServer } from '../sandbox/http.ts';
import { parseMediaMessage } from './media-messages.ts';
import { readStatus } from './status-lattice.ts';
import { twilioCarrier } from './twilio-client.ts';
import { mediaSocketUrl, streamTwiml } from './twiml.ts';

describe('the status lattice', () => {
  it('only ever goes forward, and every final state is an end', () => {
    const order = ['queued', 'initiated', 'ringing', 'in-progress', 'completed'];
    expect(order.map((status) => readStatus(status, 'ringing')?.advances)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    for (const status of ['completed', 'busy', 'no-answer', 'canceled', 'failed'])
      expect(readStatus(status, 'live')?.state).toBe('ended');
    expect(readStatus('ringing', 'ended')?.advances).toBe(false);
    expect(readStatus('something-new', 'live')).toBeUndefined();
  });
});

describe('TwiML', () => {
  it('hands the token over in a parameter, never in the URL, and ends with a hang-up', () => {
    const twiml = streamTwiml({ streamBaseUrl: 'https://ringback.example', callId: 'c1', token: 't<1>' });
    expect(twiml).toContain('<Stream url="wss://ringback.example/twilio/media">');
    expect(twiml).toContain('<Parameter name="token" value="t&lt;1>"/>');
    expect(twiml).toMatch(/<\/Connect><Hangup\/><\/Response>$/);
    expect(mediaSocketUrl('http://127.0.0.1:3000')).toBe('ws://127.0.0.1:3000/twilio/media');
  });
});

describe('media messages', () => {
  it.each([
    ['', 'not JSON'],
    ['[]', 'not an object'],
    ['{"event":"media","media":{}}', 'not base64'],
    ['{"event":"mark","mark":{"name":1}}', 'mark.name'],
    [
      '{"event":"start","start":{"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":2}}}',
      'unsupported media format',
    ],
  ])('%j is refused because of: %s', (text, problem) => {
    expect(() => parseMediaMessage(text)).toThrow(problem);
  });

  it('reads what Twilio sends', () => {
    const payload = Buffer.from([1, 2, 3]).toString('base64');
    expect(
      parseMediaMessage(
        `{"event":"media","sequenceNumber":"3","streamSid":"MZ1","media":{"track":"inbound","chunk":"1","timestamp":"5","payload":"${payload}"}}`,
      ),
    ).toEqual({ event: 'media', streamSid: 'MZ1', audio: Buffer.from([1, 2, 3]) });
  });
});

describe('Twilio through its SDK', () => {
  let sandbox: TestSandbox;
  let server: StandInServer;
  let streamUrl = '';
  let onStream: (socket: WebSocket) => void = () => undefined;
  const statuses: string[] = [];

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    const sockets = webSocketServer();
    server = await startServer(
      0,
      (request, response, body) => {
        if (request.url?.startsWith('/twilio/status'))
          statuses.push(new URLSearchParams(body).get('CallStatus') ?? '');
        response.end(`<Response><Connect><Stream url="${streamUrl}"/></Connect><Hangup/></Response>`);
      },
      (request, socket, head) => sockets.handleUpgrade(request, socket, head, (client) => onStream(client)),
    );
  });
  afterAll(async () => {
    await server.close();
    await sandbox.close();
  });

  const carrier = (apiBaseUrl = sandbox.urls.twilio) =>
    twilioCarrier({ ...credentials, phoneNumber: '+15550199', apiBaseUrl, publicBaseUrl: server.url });

  async function dialled(callId: string, to: string): Promise<string> {
    const result = await carrier().dial({ callId, attempt: 1, to, timeLimitSeconds: 900, awaitsTone: false });
    return result.kind === 'dialed' ? result.carrierSid : result.problem;
  }

  async function streamEnd(
    misbehave: (socket: WebSocket, streamSid: string) => void,
    url = `${server.url.replace('http', 'ws')}/media`,
  ): Promise<unknown> {
    streamUrl = url;
    onStream = (socket) => {
      socket.on('message', (data) => {
        const message = JSON.parse(data.toString()) as { event: string; streamSid: string };
        if (message.event === 'start') misbehave(socket, message.streamSid);
      });
    };
    const before = (await sandbox.journal('twilio')).length;
    await dialled('1', '+15550400');
    const ended = async () =>
      (await sandbox.journal('twilio'))
        .slice(before)
        .find((entry) => ['stream-ended', 'stream-refused'].includes(entry.what));
    await until('the stream has ended', async () => (await ended()) !== undefined);
    const entry = await ended();
    return entry?.what === 'stream-refused' ? 'refused' : entry?.detail.error;
  }

  it('dials with an answer URL, status callbacks, answering machine detection and a time limit', async () => {
    streamUrl = `${server.url.replace('http', 'ws')}/media`;
    const sid = await dialled('c-1', '+15550401');
    expect(sid).toMatch(/^CA[0-9a-f]{32}$/);
    const rest = (await sandbox.journal('twilio')).findLast((entry) => entry.what === 'rest');
    expect(rest?.detail.form).toMatchObject({
      To: '+15550401',
      From: '+15550199',
      Url: `${server.url}/twilio/voice?callId=c-1&attempt=1`,
      AsyncAmd: 'true',
      TimeLimit: '900',
    });
    await carrier().hangUp(sid, null);
    await carrier().hangUp(sid, null); // "not found" means that it is over, and that is what was wanted
    await until(
      'its end was reported',
      () => statuses.includes('canceled') || statuses.includes('completed'),
    );
  });

  it('breaks a call off with words in its own voice, and takes it for success when the call is gone', async () => {
    streamUrl = `${server.url.replace('http', 'ws')}/media`;
    const sid = await dialled('c-2', '+15550402');
    const verbs = async () =>
      (await sandbox.journal('twilio')).filter((entry) => entry.detail.sid === sid && entry.what === 'verb');
    await until('the stream has begun', async () => (await verbs()).length > 0);
    await carrier().hangUp(sid, 'Sorry, & goodbye.');
    const said = async () =>
      (await sandbox.journal('twilio')).find((entry) => entry.detail.sid === sid && entry.what === 'said');
    await until('the words were spoken', async () => (await said()) !== undefined);
    expect((await said())?.detail.text).toBe('Sorry, & goodbye.');
    await until('the call is over', async () => (await verbs()).at(-1)?.detail.verb === 'hangup');
    await carrier().hangUp(sid, 'Again.');
  });

  it('closes a stream that breaks its rules, with its own error codes', async () => {
    expect(await streamEnd((socket) => socket.send(Buffer.from([1, 2, 3])))).toBe(31950);
    expect(await streamEnd((socket) => socket.send('{"event":'))).toBe(31924);
    expect(
      await streamEnd((socket) =>
        socket.send('{"event":"media","streamSid":"MZother","media":{"payload":"AAAA"}}'),
      ),
    ).toBe(31924);
    expect(
      await streamEnd((socket, streamSid) => socket.send(JSON.stringify({ event: 'video', streamSid }))),
    ).toBe(31924);
    expect(await streamEnd(() => undefined, `${server.url.replace('http', 'ws')}/media?token=1`)).toBe(
      'refused',
    );
    expect(await streamEnd(() => undefined, 'ws://127.0.0.1:9/media')).toBe(31920);
  });

  it('ends a call at its time limit', async () => {
    streamUrl = `${server.url.replace('http', 'ws')}/media`;
    onStream = () => undefined;
    const client = twilio(credentials.accountSid, credentials.authToken, {
      httpClient: rebased(sandbox.urls.twilio ?? ''),
    });
    const call = await client.calls.create({
      to: '+15550402',
      from: '+15550199',
      url: `${server.url}/voice`,
      timeLimit: 1,
    });
    await until('it is over', async () => (await client.calls(call.sid).fetch()).status === 'completed');
    expect((await client.calls(call.sid).fetch()).duration).toMatch(/^[12]$/); // a second, and the timer's lateness rounded up
  });

  it('sends a message', async () => {
    const client = twilio(credentials.accountSid, credentials.authToken, {
      httpClient: rebased(sandbox.urls.twilio ?? ''),
    });
    const message = await client.messages.create({ to: '+15550403', from: '+15550199', body: 'Hello' });
    expect([message.sid.slice(0, 2), message.status]).toEqual(['SM', 'queued']);
    await expect(client.messages.create({ to: '555', from: '+15550199', body: 'x' })).rejects.toMatchObject({
      code: 21211,
    });
  });

  it('errors never carry the credentials', async () => {
    const basic = Buffer.from(`${credentials.accountSid}:${credentials.authToken}`).toString('base64');
    const request = { callId: '1', attempt: 1, to: '+15550404', timeLimitSeconds: 900, awaitsTone: false };
    const result = await carrier('http://127.0.0.1:9').dial(request);
    expect(result.kind).toBe('refused');
    const lookup = await carrier('http://127.0.0.1:9')
      .callsTo('+15550404', new Date())
      .catch((error: unknown) => error);
    expect(lookup).toBeInstanceOf(Error);
    for (const told of [result, lookup]) {
      expect(inspect(told, { depth: 10 })).not.toContain(basic);
      expect(inspect(told, { depth: 10 })).not.toContain(credentials.authToken);
    }
  });

  it('a dial that Twilio refuses rang nobody; one whose answer is lost may have', async () => {
    const request = { callId: '1', attempt: 1, to: '+15550405', timeLimitSeconds: 900, awaitsTone: false };
    await sandbox.fault({ vendor: 'twilio', kind: 'status', status: 429 });
    expect(await carrier().dial(request)).toMatchObject({ kind: 'refused', code: '20429' });
    await sandbox.fault({ vendor: 'twilio', kind: 'status', status: 500 });
    expect(await carrier().dial(request)).toMatchObject({ kind: 'unknown' });
    const since = new Date(Date.now() - 60_000);
    expect(await carrier().callsTo(request.to, since)).toEqual([]);
    await sandbox.fault({ vendor: 'twilio', kind: 'lost-answer' });
    expect(await carrier().dial(request)).toMatchObject({ kind: 'unknown' });
    const found = await carrier().callsTo(request.to, since);
    expect(found).toEqual([expect.stringMatching(/^CA[0-9a-f]{32}$/)]);
    expect(await carrier().callsTo(request.to, new Date(Date.now() + 60_000))).toEqual([]);
    await carrier().hangUp(found[0] ?? '', null);
  });
});

/** The SDK's client with another origin, as the stand-in's own tests need it. */
function rebased(origin: string): twilio.RequestClient {
  const client = new twilio.RequestClient();
  const request = client.request.bind(client);
  client.request = ((options: { uri: string }) => {
    const { pathname, search } = new URL(options.uri);
    return request({ ...options, uri: origin + pathname + search } as never);
  }) as typeof client.request;
  return client;
}
