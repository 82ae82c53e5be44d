import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEventLog, replay } from '../server/call/replay.ts';
import type { Line } from '../server/sandbox/callers/scripted-caller.ts';
import { readWav } from '../server/sandbox/speech/wav.ts';
import { startTestApp, type TestApp } from './app.ts';
import { until, watchRejections } from './sandbox.ts';

let test: TestApp;
let rejections: ReturnType<typeof watchRejections>;
let nextNumber = 15_550_500;

beforeAll(async () => {
  test = await startTestApp();
  rejections = watchRejections();
});
afterAll(async () => {
  await test?.close();
  rejections.stop();
  expect(rejections.all).toEqual([]);
});

type Says = { text: string; cue?: Line['cue'] };
const reply = (text: string): Says => ({ text, cue: { after: 'reply', delayMs: 700 } });
const hello: Says = { text: 'Hello?', cue: { after: 'answer', delayMs: 100 } };
const goodbye = reply('I have to go. Bye!');

interface CallView {
  id: string;
  state: string;
  endReason: string;
  carrierSid: string;
  carrierStatus: string;
  carrierDurationSeconds: number | null;
  answeredBy: string | null;
  transcript: Array<{ speaker: 'caller' | 'persona'; text: string; interrupted: boolean }>;
}

async function place(
  lines: Says[],
  caller: { answerAfterMs?: number | null; hangUpAfterMs?: number | null; displayName?: string } = {},
): Promise<string> {
  const number = `+${nextNumber++}`;
  const { displayName = 'Alice', ...answers } = caller;
  await test.sandbox.putCaller(number, { answerAfterMs: 50, ...answers, lines: lines as never });
  const placed = await test.api('/api/calls', { method: 'POST', body: { to: number, displayName } });
  expect(placed.status).toBe(201);
  return (placed.json as { id: string }).id;
}

async function view(callId: string): Promise<CallView> {
  return (await test.api(`/api/calls/${callId}`)).json as CallView;
}

/** Follows the call to its last event. */
async function ended(callId: string): Promise<CallView> {
  const { text } = await test.api(`/api/calls/${callId}/events`);
  expect(text).toContain('event: bill');
  return view(callId);
}

const lines = (call: CallView, speaker: string) =>
  call.transcript.filter((turn) => turn.speaker === speaker).map((turn) => turn.text);

// Calls without faults do not disturb each other.
describe.concurrent('a call', () => {
  it('is held from hello to goodbye, billed to the cent, recorded and replayable', async () => {
    const callId = await place([
      hello,
      reply('Yes, this is Alice.'),
      reply('How much does this call cost?'),
      goodbye,
    ]);
    const call = await ended(callId);

    expect(call.endReason).toBe('persona-said-goodbye');
    expect(lines(call, 'caller')).toEqual([
      'Hello?',
      'Yes, this is Alice.',
      'How much does this call cost?',
      'I have to go. Bye!',
    ]);
    const said = lines(call, 'persona');
    expect(said[0]).toContain("I'm an AI");
    expect(said.some((text) => text.includes('this call has cost'))).toBe(true);
    expect(said.at(-1)).toContain('Bye!');

    const cost = (await test.api(`/api/calls/${callId}/cost`)).json as {
      finalized: boolean;
      subtotalCents: number;
      services: Array<{ sku: string; cents: number }>;
      events: Array<{ retailMicroCents: string; type: string; vendorReference: string; sku: string }>;
    };
    expect(cost.finalized).toBe(true);
    const sum = cost.events.reduce((total, event) => total + BigInt(event.retailMicroCents), 0n);
    expect(cost.subtotalCents).toBe(Number((sum + 500_000n) / 1_000_000n));
    expect(cost.services.reduce((total, line) => total + line.cents, 0)).toBe(cost.subtotalCents);
    expect(new Set(cost.events.map((event) => event.type))).toEqual(
      new Set([
        'twilio_duration',
        'machine_detection',
        'tts_request',
        'stt_chunk',
        'ai_inference',
        'memory_operation',
      ]),
    );

    const log = parseEventLog((await test.api(`/api/calls/${callId}/event-log`)).text);
    const again = replay(log);
    expect(again.identical).toBe(true);
    const spoken = again.entries.flatMap(({ entry }) =>
      entry.kind === 'caller' || entry.kind === 'persona' ? [entry.text] : [],
    );
    expect(spoken).toEqual(call.transcript.map((turn) => turn.text));

    const wav = await fetch(`${test.sandbox.controlUrl}/calls/${call.carrierSid}/recording.wav`);
    const { channels, sampleRate } = readWav(Buffer.from(await wav.arrayBuffer()));
    expect([channels.length, sampleRate]).toEqual([2, 8_000]);
    for (const channel of channels) expect(channel.some((sample) => Math.abs(sample) > 8_000)).toBe(true);
  }, 90_000);

  it('keeps of an interrupted line what was heard, and no more', async () => {
    const stop: Says = { text: 'Stop right there.', cue: { after: 'speech', delayMs: 3_000 } };
    const call = await ended(await place([hello, reply('Tell me a story.'), stop, goodbye]));
    const cut = call.transcript.find((turn) => turn.interrupted);
    expect(cut?.text).toMatch(/^All right, the long version\. A friend/);
    expect(cut?.text.length).toBeLessThan(120);
    expect((await test.sandbox.journal('twilio')).some((entry) => entry.what === 'clear')).toBe(true);
  }, 90_000);

  it('ends with a goodbye when it is asked to end', async () => {
    const callId = await place([hello, reply('Yes, this is Alice.')]);
    await until('the call is live', async () => (await view(callId)).transcript.length >= 2, 30_000);
    expect((await test.api(`/api/calls/${callId}/end`, { method: 'POST' })).status).toBe(202);
    const call = await ended(callId);
    expect(call.endReason).toBe('requested');
    expect(lines(call, 'persona').at(-1)).toBe('I have to go now. Take care, bye!');
    expect((await test.api(`/api/calls/${callId}/end`, { method: 'POST' })).status).toBe(409);
  }, 60_000);

  it('that nobody answers costs nothing', async () => {
    const callId = await place([], { answerAfterMs: null });
    await until('it rings', async () => (await view(callId)).carrierStatus === 'ringing');
    const { carrierSid } = await view(callId);
    await test.sandbox.hangUp(carrierSid);
    const call = await ended(callId);
    expect(call.endReason).toBe('busy');
    const cost = (await test.api(`/api/calls/${callId}/cost`)).json as {
      subtotalCents: number;
      totalCostCents: number;
    };
    expect([cost.subtotalCents, cost.totalCostCents]).toEqual([0, 0]);
  });

  it('is over when the callee hangs up, in mid-sentence too', async () => {
    const call = await ended(await place([hello, reply('Tell me a story.')], { hangUpAfterMs: 4_000 }));
    expect(call.endReason).toBe('caller-hung-up');
    expect(call.transcript.at(-1)).toMatchObject({ speaker: 'persona', interrupted: true });
  }, 60_000);
});

describe('case 37: a call comes to the same end', () => {
  it('when no callback ever comes, with the seconds that the carrier bills', async () => {
    await test.sandbox.fault({ vendor: 'twilio', kind: 'callbacks-lost' });
    const call = await ended(await place([hello, goodbye]));
    expect(call.endReason).toBe('persona-said-goodbye');
    const { duration } = await test.sandbox.carrierCall(call.carrierSid);
    const cost = (await test.api(`/api/calls/${call.id}/cost`)).json as {
      events: Array<{ sku: string; units: string; outcome: string }>;
    };
    const line = cost.events.filter(({ sku }) => sku === 'telephony.outbound.ms');
    expect(line.reduce((sum, { units }) => sum + Number(units), 0)).toBe(Number(duration) * 1_000);
    expect(line.at(-1)?.outcome).toBe('complete');
  }, 60_000);

  it('when the stream never stops: the carrier’s word is enough', async () => {
    await test.sandbox.fault({ vendor: 'twilio', kind: 'stop-lost' });
    const id = await place([hello, reply('Tell me a story.')]);
    await until('it talks', async () => (await view(id)).transcript.length >= 3, 20_000);
    await test.sandbox.hangUp((await view(id)).carrierSid);
    const call = await ended(id);
    expect(call.endReason).toBe('caller-hung-up');
    const { duration } = await test.sandbox.carrierCall(call.carrierSid);
    expect(call.carrierDurationSeconds).toBe(Number(duration));
  }, 60_000);

  it('with callbacks that come late, twice or in another order', async () => {
    const placed: string[] = [];
    for (const kind of ['callbacks-late', 'callbacks-doubled', 'callbacks-reordered'] as const) {
      await test.sandbox.fault({ vendor: 'twilio', kind, delayMs: 1_500 });
      placed.push(await place([hello, goodbye])); // the carrier takes the fault when the call is made
    }
    for (const callId of placed) {
      expect((await ended(callId)).endReason).toBe('persona-said-goodbye');
      await until(
        'the last callback is in',
        async () => (await view(callId)).carrierDurationSeconds !== null,
      );
      const call = await view(callId);
      expect([call.state, call.carrierStatus, call.answeredBy]).toEqual(['ended', 'completed', 'human']);
    }
  }, 60_000);
});

describe('a call survives', () => {
  it('a language model that is down', async () => {
    await test.sandbox.fault({ vendor: 'cerebras', kind: 'status', status: 503, times: 2 });
    const call = await ended(await place([hello, reply('Yes, this is Alice.'), goodbye]));
    expect(call.endReason).toBe('persona-said-goodbye');
    expect(lines(call, 'persona')).toHaveLength(3);
  }, 60_000);

  it('both language models being down: it says sorry and goes on', async () => {
    // Twice each: the draft on the eager end, and the reply itself.
    await test.sandbox.fault({ vendor: 'cerebras', kind: 'status', status: 503, times: 2 });
    await test.sandbox.fault({ vendor: 'openai', kind: 'status', status: 503, times: 2 });
    const call = await ended(await place([hello, reply('Yes, this is Alice.'), goodbye]));
    expect(lines(call, 'persona')[1]).toContain('lost my train of thought');
    expect(call.endReason).toBe('persona-said-goodbye');
  }, 60_000);

  it('text-to-speech being gone: it says goodbye with a line that was spoken beforehand', async () => {
    await test.sandbox.fault({ vendor: 'cartesia', kind: 'drop', afterMs: 0, times: 60 });
    const call = await ended(await place([hello], { displayName: 'Roberta' }));
    await test.sandbox.clearFaults();
    expect(call.endReason).toBe('voice-failed');
    expect(lines(call, 'persona')).toEqual([expect.stringContaining('my voice is failing me')]);
  }, 60_000);

  it('sockets that drop: no word is lost, none is said twice, and a cut line is an end', async () => {
    const story = 'Let me tell you what I did this morning.';
    const calls: CallView[] = [];
    const drops = [
      { vendor: 'deepgram', afterMs: 6_500, lines: [hello, reply(story), goodbye] },
      { vendor: 'cartesia', afterMs: 2_300, lines: [hello, reply('Yes, this is Alice.'), goodbye] },
      { vendor: 'twilio', afterMs: 3_000, lines: [hello, goodbye] },
    ] as const;
    const placed: string[] = [];
    for (const { vendor, afterMs, lines: says } of drops) {
      await test.sandbox.fault({ vendor, kind: 'drop', afterMs });
      const callId = await place([...says]);
      placed.push(callId);
      await until(
        'the call is live, so that the fault was taken',
        async () => (await view(callId)).transcript.length > 0,
      );
    }
    for (const callId of placed) calls.push(await ended(callId));
    const [hearing, speaking, cut] = calls;
    expect(hearing && lines(hearing, 'caller')).toContain(story);
    const said = speaking === undefined ? '' : lines(speaking, 'persona').join(' ');
    expect([said.match(/behalf/g)?.length, said.match(/Is this Alice/g)?.length]).toEqual([1, 1]);
    expect(calls.map((call) => call.endReason)).toEqual([
      'persona-said-goodbye',
      'persona-said-goodbye',
      'caller-hung-up',
    ]);
    expect(cut?.state).toBe('ended');
  }, 90_000);
});

describe('dialling', () => {
  it.each([
    ['an error of the carrier', { kind: 'status', status: 500 } as const],
    ['a connection that breaks', { kind: 'refuse' } as const],
  ])('reports %s after one request, and never shows the auth token', async (_name, fault) => {
    const dials = async () =>
      (await test.sandbox.journal('twilio')).filter(
        ({ what, detail }) => what === 'rest' && detail.method === 'POST',
      ).length;
    const before = await dials();
    await test.sandbox.fault({ vendor: 'twilio', ...fault });
    const response = await test.api('/api/calls', {
      method: 'POST',
      body: { to: '+15550123', displayName: 'Alice' },
    });
    expect(response.status).toBe(502);
    expect(response.text).not.toMatch(/Basic|test-auth-token/);
    expect((await dials()) - before).toBe(1);
    const { calls } = (await test.api('/api/calls?limit=1')).json as { calls: CallView[] };
    expect(calls[0]).toMatchObject({ state: 'ended', endReason: 'dial-lost' });
  });
});

describe('after all calls', () => {
  it('every vendor socket that was opened has been closed', async () => {
    for (const vendor of ['deepgram', 'cartesia']) {
      const journal = await test.sandbox.journal(vendor);
      const count = (what: string) => journal.filter((entry) => entry.what === what).length;
      await until(`all sockets of ${vendor} are closed`, async () => {
        const entries = await test.sandbox.journal(vendor);
        return (
          entries.filter((entry) => entry.what === 'closed').length ===
          entries.filter((entry) => entry.what === 'upgrade').length
        );
      });
      expect(count('upgrade')).toBeGreaterThan(5);
    }
  });
});
