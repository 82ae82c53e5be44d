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

  it('brings back what was there before a correction', async () => {
    const userId = await house().newUser('Nick');
    await remember(userId, { text: 'Nick works at Acme', slot: 'employer' });
    const page = await house().user(userId, '/memory');
    await page.getByRole('button', { name: 'Correct' }).click();
    await page.getByLabel('What is right').fill('Nick works at Acmee');
    await page.getByRole('button', { name: 'Save' }).click();
    const card = page.getByRole('article', { name: 'Nick works at Acmee' });
    await card.getByRole('button', { name: 'How it came to be' }).click();
    const correction = card.getByRole('listitem').filter({ hasText: 'Corrected by hand' });
    expect(await correction.locator('del').textContent()).toBe('Acme');
    expect(await correction.locator('ins').textContent()).toBe('Acmee');
    expect(await violationsOn(page)).toEqual([]);
    await correction.getByRole('button', { name: 'Bring “Nick works at Acme” back' }).click();
    await page.getByRole('article', { name: 'Nick works at Acme', exact: true }).waitFor();
    const active = (await known(userId)).filter(({ status }) => status === 'active');
    expect(active.map(({ text }) => text)).toEqual(['Nick works at Acme']);
  });

  it('lets all personas know, and takes it back for the one', async () => {
    const userId = await house().newUser('Nadia');
    await remember(userId, { text: 'Nadia is allergic to nuts' });
    const page = await house().user(userId, '/memory');
    const card = page.getByRole('article', { name: 'Nadia is allergic to nuts' });
    await card.getByRole('button', { name: 'Let all personas know' }).click();
    await card.getByText('all personas know it').waitFor();
    await page.getByRole('combobox', { name: 'Persona' }).click();
    await page.getByRole('option', { name: 'Joy' }).click();
    await card.getByRole('button', { name: 'Correct' }).click();
    await page.getByLabel('What is right').fill('Nadia is allergic to peanuts');
    await page.getByRole('button', { name: 'Save' }).click();
    const corrected = page.getByRole('article', { name: 'Nadia is allergic to peanuts' });
    await corrected.getByRole('button', { name: 'Let only Joy know' }).click();
    await page.getByText('Only Joy knows it.').waitFor();
    expect(await known(userId)).toEqual([]);
  });

  it('promises, keeps and takes away; looks for all about something and forgets what is ticked', async () => {
    const userId = await house().newUser('Nils');
    for (const text of ['Nils has a boat in Kiel', 'Nils sold his boat to Karen', 'Nils likes tea'])
      await remember(userId, { text });
    const page = await house().user(userId, '/memory');
    for (const promise of ['Paint the boat', 'Write to Karen']) {
      await page.getByLabel('Promise Brad something').fill(promise);
      await page.getByLabel('Until when').fill('2040-05-01T10:00');
      await page.getByRole('button', { name: 'Promise it' }).click();
      await page.getByRole('article', { name: promise }).waitFor();
    }
    await page
      .getByRole('article', { name: 'Paint the boat' })
      .getByRole('button', { name: 'Kept', exact: true })
      .click();
    await page.getByText('Well done.').waitFor();
    await page
      .getByRole('article', { name: 'Write to Karen' })
      .getByRole('button', { name: 'Take it away' })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take it away' }).click();
    await page.getByRole('article', { name: 'Write to Karen' }).waitFor({ state: 'detached' });
    const { json } = await house().test.api(`/api/personas/brad/commitments?userId=${userId}`);
    expect((json as { commitments: unknown[] }).commitments).toMatchObject([
      { promise: 'Paint the boat', status: 'kept', dueAt: expect.stringMatching(/^2040-/) },
    ]);

    await page.getByLabel('About what').fill('boat');
    await page.getByRole('button', { name: 'Look for it' }).click();
    await page.getByRole('checkbox', { name: /Nils has a boat in Kiel/ }).uncheck();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Forget what is ticked' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget what is ticked' }).click();
    await page.getByRole('article', { name: 'Nils sold his boat to Karen' }).waitFor({ state: 'detached' });
    expect((await known(userId)).map(({ text }) => text).sort()).toEqual([
      'Nils has a boat in Kiel',
      'Nils likes tea',
    ]);
    await page.getByRole('button', { name: 'Erase all that anybody knows of me' }).click();
    await page.getByLabel('Type “everything” to go on').fill('everything');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Erase all that anybody knows of me' })
      .click();
    await page.getByText('Brad knows nothing yet.').waitFor();
    expect(await known(userId)).toEqual([]);
  });

  it('says who they are, what they want to reach and why', async () => {
    const userId = await house().newUser('Nina');
    const page = await house().user(userId, '/profile');
    await page.getByLabel('Who I am, or want to be').fill('a runner');
    await page.getByRole('button', { name: 'Add a goal' }).click();
    await page.getByRole('textbox', { name: 'Goal 1' }).fill('five miles');
    await page.getByRole('button', { name: 'Add a goal' }).click();
    await page.getByRole('textbox', { name: 'Goal 2' }).fill('ten miles');
    await page.getByRole('button', { name: 'Take away: goal 1' }).click();
    await page.getByLabel('A step that was made').fill('ran one mile');
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('ran one mile').waitFor();
    await page.getByText('Saved; every persona knows it from the next call on.').waitFor();
    const { json } = await house().test.api(`/api/user/profile?userId=${userId}`);
    expect(json).toMatchObject({
      displayName: 'Nina',
      identity: 'a runner',
      goals: ['ten miles'],
      progress: [{ text: 'ran one mile' }],
    });
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
