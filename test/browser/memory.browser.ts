import { describe, expect, it } from 'vitest';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** What personas know, in the hands of those of whom they know it. */

const house = useHouse();
const remember = (userId: string, body: object) =>
  house().test.api(`/api/personas/brad/memories?userId=${userId}`, { method: 'POST', body });
const known = async (userId: string) => {
  const { json } = await house().test.api(`/api/personas/brad/memories?userId=${userId}`);
  return (json as { memories: Array<{ text: string; status: string; pinned: boolean }> }).memories;
};

describe('a user', () => {
  it('reads what a persona knows and what it knew before, corrects it, pins it, adds to it', async () => {
    const userId = await house().newUser('Mia');
    await remember(userId, { text: 'Mia works at Acme', slot: 'employer', quote: 'I work at Acme' });
    await remember(userId, { text: 'Mia works at Initech', slot: 'employer' });
    const page = await house().user(userId, '/memory');
    const card = page.getByRole('article', { name: 'Mia works at Initech' });
    await card.getByText('Mia works at Acme').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await card.getByRole('button', { name: 'Correct' }).click();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByLabel('What is right').fill('Mia works at Globex');
    await page.getByRole('button', { name: 'Save' }).click();
    const corrected = page.getByRole('article', { name: 'Mia works at Globex' });
    await corrected.getByRole('button', { name: 'Pin' }).click();
    await corrected.getByText('pinned').waitFor();
    await page.getByLabel('Something that Brad should know').fill('Mia plays the oboe');
    await page.getByRole('button', { name: 'Remember' }).click();
    await page.getByRole('article', { name: 'Mia plays the oboe' }).waitFor();
    const active = (await known(userId)).filter(({ status }) => status === 'active');
    expect(active.map(({ text, pinned }) => [text, pinned]).sort()).toEqual([
      ['Mia plays the oboe', false],
      ['Mia works at Globex', true],
    ]);
  });

  it('forgets one thing, takes all along, and has all erased, each after being told what goes', async () => {
    const userId = await house().newUser('Nora');
    await remember(userId, { text: 'Nora keeps bees' });
    await remember(userId, { text: 'Nora owes her sister money' });
    const page = await house().user(userId, '/memory', 'dark');
    const card = page.getByRole('article', { name: 'Nora owes her sister money' });
    await card.getByRole('button', { name: 'Forget' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('“Nora owes her sister money” goes').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Leave it' }).click();
    expect(await known(userId)).toHaveLength(2);
    await card.getByRole('button', { name: 'Forget' }).click();
    await dialog.getByRole('button', { name: 'Forget' }).click();
    await card.waitFor({ state: 'detached' });
    expect((await known(userId)).map(({ text }) => text)).toEqual(['Nora keeps bees']);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Take it all along' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('brad.json');
    await page.getByRole('button', { name: 'Erase all that Brad knows' }).click();
    const erase = dialog.getByRole('button', { name: 'Erase all that Brad knows' });
    expect(await erase.isDisabled()).toBe(true);
    await dialog.getByLabel('Type “Brad” to go on').fill('Brad');
    await erase.click();
    await page.getByText('Brad knows nothing yet.').waitFor();
    expect(await known(userId)).toEqual([]);
    expect(await violationsOn(page)).toEqual([]);
  });

  it('reaches nothing of another user’s memory', async () => {
    const [userId, other] = [await house().newUser('Olga'), await house().newUser('Paula')];
    await remember(other, { text: 'Paula has a secret' });
    const page = await house().user(userId, '/memory');
    await page.getByText('Brad knows nothing yet.').waitFor();
    const answers = await page.evaluate(async (path) => {
      const get = await fetch(path);
      const erase = await fetch(path, { method: 'DELETE' });
      return [get.status, await get.text(), erase.status] as const;
    }, `/api/personas/brad/memories?userId=${other}`);
    expect(answers[0]).toBe(403);
    expect(answers[1]).not.toContain('secret');
    expect(answers[2]).toBe(403);
    expect(await known(other)).toHaveLength(1);
  });
});

describe('an admin', () => {
  it('sees what personas know of a user', async () => {
    const userId = await house().newUser('Quinn');
    await remember(userId, { text: 'Quinn is learning Dutch' });
    const page = await house().admin(`/users/${userId}`);
    await page.getByRole('article', { name: 'Quinn is learning Dutch' }).waitFor();
    expect(await violationsOn(page)).toEqual([]);
  });
});
