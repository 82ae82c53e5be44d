import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { DELAYS } from '../../server/sandbox/delays.ts';
import { SpeechEngine } from '../../server/sandbox/speech/engine.ts';
import { decodeMulaw } from '../../server/sandbox/speech/mulaw.ts';
import { resample } from '../../server/sandbox/speech/resample.ts';
import { writeWav } from '../../server/sandbox/speech/wav.ts';
import { startTestSandbox, until } from '../sandbox.ts';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** A whole conversation by the phone in the browser: with a microphone, by typing, by buttons and by keys. */

const MICROPHONE_RATE = 48_000;
/** The browser begins to play this when it opens the microphone: the persona has to be there before somebody speaks. */
const SILENCE_BEFORE_S = 9;
const SILENCE_AFTER_S = 60;

let folder: string | undefined;
const house = useHouse({
  openSandbox: () => startTestSandbox(DELAYS.usual, true),
  async switches() {
    folder = await mkdtemp(path.join(tmpdir(), 'ringback-microphone-'));
    const file = path.join(folder, 'microphone.wav');
    await writeFile(file, await microphone('Well, I was wondering about something the whole morning.'));
    return [
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${file}%noloop`,
      '--autoplay-policy=no-user-gesture-required',
    ];
  },
});
afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** Somebody who says nothing for a while, then a sentence, then nothing. */
async function microphone(text: string): Promise<Buffer> {
  const engine = new SpeechEngine();
  try {
    const { audio } = await engine.speak('rms', text);
    const speech = resample(decodeMulaw(audio), 8_000, MICROPHONE_RATE);
    const samples = new Int16Array(speech.length + (SILENCE_BEFORE_S + SILENCE_AFTER_S) * MICROPHONE_RATE);
    samples.set(speech, SILENCE_BEFORE_S * MICROPHONE_RATE);
    return writeWav({ sampleRate: MICROPHONE_RATE, channels: [samples] });
  } finally {
    await engine.close();
  }
}

it('somebody who has just started the server calls Brad, talks, types, presses keys, and hangs up', async () => {
  const page = await house().visitors.stranger();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(`${house().test.app.publicBaseUrl}/dev-phone`);
  expect(await violationsOn(page)).toEqual([]);
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  const said = page.getByRole('log', { name: 'What Brad and Alex say' });
  await said.getByText("I'm an AI").waitFor({ timeout: 30_000 });

  // The microphone: what is said is heard as speech, and answered.
  await said.getByText('words that the sandbox cannot know').first().waitFor({ timeout: 40_000 });
  const lines = () => said.getByRole('listitem').count();
  const afterSpeech = await lines();
  await expect.poll(lines, { timeout: 30_000 }).toBeGreaterThan(afterSpeech);

  // A button, and what was typed: understood word by word.
  await page.getByRole('button', { name: 'I want to finish the report today.' }).click();
  await said.getByText('I want to finish the report today.').waitFor({ timeout: 30_000 });
  await page.getByLabel('Say', { exact: true }).fill('Tomorrow I begin with the garden.');
  await page.getByRole('button', { name: 'Say it' }).click();
  await said.getByText('Tomorrow I begin with the garden.').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: '5', exact: true }).click();
  await page
    .getByText(/\d ms$/)
    .first()
    .waitFor();
  expect(await page.getByText(/^\$\d+\.\d\d of \$\d/).textContent()).not.toMatch(/^\$0\.00/);
  expect(await violationsOn(page)).toEqual([]);

  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.getByText('The call is over: they hung up.').waitFor({ timeout: 20_000 });
  const { calls } = (await house().test.api('/api/calls?state=ended')).json as {
    calls: Array<{ id: string; direction: string; totalCostCents: number; endReason: string }>;
  };
  expect(calls).toMatchObject([{ direction: 'inbound', endReason: 'caller-hung-up' }]);
  expect(calls[0]?.totalCostCents).toBeGreaterThan(0);
  await page.getByRole('link', { name: 'All about this call' }).click();
  await page.getByRole('heading', { name: 'Brad and Alex' }).waitFor();
  expect(problems).toEqual([]);
});

it('a call that the persona ends is over here too, and its money is counted', async () => {
  const page = await house().visitors.stranger();
  await page.goto(`${house().test.app.publicBaseUrl}/dev-phone`);
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  const said = page.getByRole('log', { name: 'What Brad and Alex say' });
  await said.getByText("I'm an AI").waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Goodbye.' }).click();
  await page.getByText('The call is over').waitFor({ timeout: 40_000 });
  await page.getByRole('button', { name: 'Call again' }).waitFor();
});

it('another site’s page gets no line, and a token opens one line only', async () => {
  const { publicBaseUrl } = house().test.app;
  const page = await house().visitors.stranger();
  await page.goto('data:text/html,<title>elsewhere</title>');
  const closed = await page.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => resolve('open');
        socket.onclose = () => resolve('closed');
      }),
    `${publicBaseUrl.replace('http', 'ws')}/dev-phone/media`,
  );
  expect(closed).toBe('closed');
  const begin = await fetch(`${publicBaseUrl}/api/dev-phone/calls`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: '{"persona":"brad"}',
  });
  expect(begin.status).toBe(422); // what another site may send without asking first is not read
});

it('someone without a microphone is told, and can type', async () => {
  const page = await house().visitors.stranger();
  await page.addInitScript(`Object.defineProperty(navigator, 'mediaDevices', {
    value: { getUserMedia: () => Promise.reject(new DOMException('denied', 'NotAllowedError')) },
  })`);
  await page.goto(`${house().test.app.publicBaseUrl}/dev-phone`);
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await page.getByText('There is no microphone').waitFor();
  const said = page.getByRole('log', { name: 'What Brad and Alex say' });
  await said.getByText("I'm an AI").waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Yes, speaking.' }).click();
  await said.getByText('Yes, speaking.').waitFor({ timeout: 30_000 });
  await page.close();
  await until('the call of a page that was closed is over', async () => {
    const { json } = await house().test.api('/api/calls?state=under-way');
    return (json as { calls: unknown[] }).calls.length === 0;
  });
});
