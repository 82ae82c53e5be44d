import { expect, it } from 'vitest';
import { until } from '../sandbox.ts';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** A call that was recorded is listened to from any of its lines, and its recording is deleted. */

const house = useHouse();

it('plays a recorded call from a line on, for its user too, until it is deleted', async () => {
  const { test } = house();
  const admin = await house().admin('/settings');
  await admin.getByRole('tab', { name: 'Recording' }).click();
  await admin.getByRole('switch').click();
  await admin.getByRole('button', { name: 'Save' }).click();
  await admin.getByText('Saved').waitFor();

  const to = house().newNumber();
  const soon = { after: 'reply' as const, delayMs: 500 };
  const said = ['Yes, this is Rosa.', 'Yes, sure.', 'I want to finish my report.', 'Goodbye.'];
  await test.sandbox.putCaller(to, {
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      ...said.map((text) => ({ cue: soon, text })),
    ],
  });
  const { json } = await test.api('/api/calls', {
    method: 'POST',
    body: { to, displayName: 'Rosa', persona: 'brad' },
  });
  const { id, userId } = json as { id: string; userId: string };
  await until(
    'the recording is stored',
    async () => (await test.api(`/api/calls/${id}/recording`)).text.includes('"state":"stored"'),
    90_000,
  );

  const page = await house().user(userId, `/calls/${id}`);
  await page.getByRole('button', { name: 'Listen to it' }).click();
  const player = page.getByLabel('Recording of this call');
  await player.waitFor();
  expect(await violationsOn(page)).toEqual([]);
  const at = () => player.evaluate((audio) => (audio as unknown as { currentTime: number }).currentTime);
  const length = () => player.evaluate((audio) => (audio as unknown as { duration: number }).duration);
  await expect.poll(length).toBeGreaterThan(5);
  const last = page.getByRole('listitem').filter({ hasText: 'I want to finish my report.' });
  await last.getByRole('button').click();
  await expect.poll(at).toBeGreaterThan(2);
  const before = await at();
  await expect.poll(at).toBeGreaterThan(before); // it plays

  await page.getByRole('button', { name: 'Delete the recording' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the recording' }).click();
  await page.getByText('The recording is gone.').waitFor();
  await player.waitFor({ state: 'detached' });
  await last.waitFor();
  expect((await test.api(`/api/calls/${id}/recording`)).text).toContain('"state":"erased"');
});
