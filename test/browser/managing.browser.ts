import { describe, expect, it } from 'vitest';
import { until } from '../sandbox.ts';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** What admins set for the whole house, and what users set for themselves: each page does what it is there for. */

const house = useHouse();
const api = async (path: string, options?: { method: string; body?: unknown }) =>
  (await house().test.api(path, options)).json;

describe('an admin', () => {
  it('stops all calls at once, sees that they stand still, and lets them go on', async () => {
    const page = await house().admin('/settings');
    await page.getByRole('button', { name: 'Stop all calls' }).click();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Stop all calls' }).click();
    await page.getByRole('button', { name: 'Let calls be made again' }).waitFor();
    const call = { to: house().newNumber(), displayName: 'Alice', persona: 'brad' };
    const refused = await house().test.api('/api/calls', { method: 'POST', body: call });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    await page.goto(house().at('/'));
    await page.getByText('No call is made.').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('link', { name: 'Change what stands still' }).click();
    await page.getByRole('button', { name: 'Let calls be made again' }).click();
    await page.getByRole('button', { name: 'Stop all calls' }).waitFor();
    expect(await api('/api/settings/pause')).toMatchObject({ house: false });
  });

  it('changes by which figures it is decided who may be called; whoever comes second is told', async () => {
    const [page, second] = [await house().admin('/settings'), await house().admin('/settings')];
    for (const each of [page, second]) await each.getByRole('tab', { name: 'Who may be called' }).click();
    const figure = 'How often a number is rung within 24 hours';
    await page.getByLabel(figure).fill('7');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved; it holds from the next call on.').waitFor();
    expect(await api('/api/settings/dialing')).toMatchObject({ attemptsPerDay: 7 });
    await second.getByLabel(figure).fill('9');
    await second.getByRole('button', { name: 'Save' }).click();
    await second.getByText('Somebody has changed this since you opened it.').waitFor();
    expect(await api('/api/settings/dialing')).toMatchObject({ attemptsPerDay: 7 });
    await page.getByLabel(figure).fill('');
    await page.getByText('Give a number that is possible.').waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  });

  it('changes a persona, and reads what it would be told about somebody', async () => {
    const userId = await house().newUser('Paula');
    await api(`/api/personas/brad/memories?userId=${userId}`, {
      method: 'POST',
      body: { text: 'Paula keeps bees' },
    });
    const page = await house().admin('/personas');
    await page.getByRole('link', { name: 'Brad' }).click();
    await page.getByRole('combobox', { name: 'How it takes its turn' }).click();
    await page.getByRole('option', { name: 'Waits long, for hesitant people' }).click();
    await page.getByRole('button', { name: 'Save as a new version' }).click();
    await page.getByText('Version 2;').waitFor();
    await page.getByRole('tab', { name: 'What it would be told' }).click();
    await page.getByRole('combobox', { name: 'About whom' }).click();
    await page.getByRole('combobox', { name: 'About whom' }).fill('paul');
    await page.getByRole('option', { name: /Paula/ }).click();
    await page.getByRole('region', { name: 'Prompt' }).getByText('Paula keeps bees').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await page.goto(house().at(`/users/${userId}`));
    await page.getByRole('tab', { name: 'Relationships' }).click();
    await page.getByLabel('What they are to each other').fill('beekeeping rival');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('region', { name: 'Prompt' }).getByText('beekeeping rival').waitFor();
  });

  it('plans a call, pauses it, and ends it', async () => {
    const page = await house().admin('/schedules');
    await page.getByRole('textbox', { name: 'Number' }).fill(house().newNumber());
    await page.getByLabel('Whose it is').fill('Rita');
    await page.getByText('Every week').click();
    await page.getByLabel('Time, by their own clock').fill('10:30');
    await page.getByRole('button', { name: 'Plan it' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Rita' });
    await row.getByText(/at 10:30/).waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await row.getByRole('button', { name: 'Pause' }).click();
    await row.getByText('stands still').waitFor();
    await row.getByRole('button', { name: 'Go on' }).click();
    await row.getByRole('button', { name: 'Leave the next one out' }).click();
    await page.getByText('The next one is left out.').waitFor();
    await row.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click();
    await page.getByText('No call is planned.').waitFor();
  });

  it('has a number not called, and lets it be called again', async () => {
    const number = house().newNumber();
    const page = await house().admin('/consents');
    await page.getByRole('tab', { name: 'Who is not called' }).click();
    await page.getByLabel('A number that is not to be called').fill(number);
    await page.getByRole('button', { name: 'Do not call it' }).click();
    const row = page.getByRole('row').filter({ hasText: number });
    await row.getByRole('button', { name: 'Let it be called' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Let it be called' }).click();
    await page.getByText('It can be called again.').waitFor();
    const { suppressions } = (await api('/api/suppressions')) as {
      suppressions: Array<{ phoneNumber: string; liftedAt: string | null }>;
    };
    expect(suppressions.find(({ phoneNumber }) => phoneNumber === number)?.liftedAt).not.toBeNull();
  });

  it('publishes a price, tells a server of what happens, makes a token, and finds it all in the audit log', async () => {
    const page = await house().admin('/rate-cards');
    await page.getByRole('combobox', { name: 'Of what' }).click();
    await page.getByRole('option', { name: /^Texts/ }).click();
    await page.getByLabel('Hundred-millionths of a dollar').fill('3000000');
    await page.getByLabel('Where the price comes from').fill('house price, next year');
    await page.getByLabel('From when on').fill('2040-01-01T00:00');
    await page.getByRole('button', { name: 'Publish the new list' }).click();
    await page.getByText('The new list is published.').waitFor();
    const { rateCards } = (await api('/api/rate-cards')) as {
      rateCards: Array<{ version: number; kind: string }>;
    };
    expect(rateCards.filter(({ kind }) => kind === 'retail').map(({ version }) => version)).toContain(2);

    await page.goto(house().at('/webhooks'));
    await page.getByLabel('Address').fill('https://example.com/hook');
    await page.getByLabel('What it is').fill('Our books');
    await page.getByRole('button', { name: 'Tell this server' }).click();
    await page.getByText('Its secret is told this one time.').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    const endpoint = page.getByRole('region', { name: 'Our books' });
    await endpoint.getByRole('button', { name: 'Show what was sent' }).click();
    await endpoint.getByText('Nothing was sent yet.').waitFor();
    await endpoint.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nobody is told.').waitFor();

    await page.goto(house().at('/tokens'));
    await page.getByLabel('What for').fill('the report');
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.getByText('It is told this one time.').waitFor();
    const token = (await page.getByText(/^rb_/).textContent()) ?? '';
    expect((await house().test.api('/api/calls', { token })).status).toBe(200);
    expect((await house().test.api('/api/settings/pause', { token })).status).toBe(403);
    const row = page.getByRole('row').filter({ hasText: 'the report' });
    await row.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
    await row.getByText(/taken back/).waitFor();
    expect((await house().test.api('/api/calls', { token })).status).toBe(401);

    await page.goto(house().at('/audit'));
    await page.getByRole('cell', { name: 'POST /api/rate-cards' }).waitFor();
    await page.getByRole('cell', { name: 'refused (403)' }).first().waitFor();
  });
});

describe('a user', () => {
  it('says when they may be called, agrees, takes it back, and stops it all', async () => {
    const number = house().newNumber();
    const userId = await house().newUser('Sara', number);
    const page = await house().user(userId, '/calling');
    await page.getByRole('combobox', { name: 'Time zone' }).click();
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Berlin');
    await page.getByRole('option', { name: 'Europe/Berlin' }).click();
    await page.getByRole('button', { name: 'Add hours' }).click();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByLabel('From').fill('18:00');
    await page.getByLabel('To', { exact: true }).fill('17:00');
    await page.getByText('Each needs a day, and a beginning before its end.').waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await page.getByLabel('To', { exact: true }).fill('19:30');
    await page.getByLabel('Calls a day, at most').fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved; it holds from the next call on.').waitFor();
    expect(await api(`/api/user/call-preferences?userId=${userId}`)).toMatchObject({
      timeZone: 'Europe/Berlin',
      windows: [{ days: [1, 2, 3, 4, 5], from: '18:00', to: '19:30' }],
      attemptsPerDay: 2,
    });
    await page.getByRole('button', { name: 'I agree' }).first().click();
    await page.getByText('Agreed.').waitFor();
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
    await page.getByText('It does not hold any more.').waitFor();
    await page.getByRole('button', { name: 'Calls are welcome again' }).click();
    await page.getByText('Calls are welcome again.').waitFor();
    await page.getByRole('button', { name: 'No more calls' }).click();
    await page.getByText('No call is made from now on.').waitFor();
    const { suppressions } = (await api('/api/suppressions')) as {
      suppressions: Array<{ phoneNumber: string; liftedAt: string | null }>;
    };
    await until('the number is suppressed', async () =>
      suppressions.some(({ phoneNumber, liftedAt }) => phoneNumber === number && liftedAt === null),
    );
  });
});
