import { describe, expect, it } from 'vitest';
import { asOwner } from '../as-owner.ts';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** Limits of money, as admins and users change them. */

const house = useHouse();
const budgetOf = async (userId: string) =>
  (await house().test.api(`/api/user/budget?userId=${userId}`)).json as Record<string, unknown>;

describe('an admin', () => {
  it('finds a user, sees what is spent, and changes what may be', async () => {
    await house().newUser('Zoe Percent%');
    const userId = await house().newUser('Hedwig');
    const page = await house().admin('/users');
    await page.getByRole('cell', { name: 'Zoe' }).waitFor();
    await page.getByLabel('Find by name or number').fill('%');
    await page.getByRole('cell', { name: 'Hedwig' }).waitFor({ state: 'detached' });
    await page.getByLabel('Find by name or number').fill('hedw');
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('link', { name: 'Hedwig' }).click();
    await page.getByRole('tab', { name: 'Budget' }).click();
    await page.getByText('Today: $0.00 of $50.00').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByLabel('One call may cost').fill('7.25');
    await page.getByLabel('Warn when so much of it is used').fill('60');
    await page.getByLabel('The user, by text').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('they hold from the next call on').waitFor();
    expect(await budgetOf(userId)).toMatchObject({
      maxCostPerCallCents: 725,
      warnAtPercent: 60,
      notify: ['panel', 'payer', 'sms'],
    });
    expect(await violationsOn(page)).toEqual([]);
  });

  it('who comes second is told, loses nothing of the first, and can look at it', async () => {
    const userId = await house().newUser('Ida');
    const [first, second] = await Promise.all([
      house().visitors.signedIn({ role: 'admin' }),
      house().visitors.signedIn({ role: 'admin' }, 'dark'),
    ]);
    for (const page of [first, second]) {
      await page.goto(house().at(`/users/${userId}`));
      await page.getByRole('tab', { name: 'Budget' }).click();
      await page.getByLabel('One call may cost').waitFor();
    }
    await first.getByLabel('One call may cost').fill('3');
    await first.getByRole('button', { name: 'Save' }).click();
    await first.getByText('they hold from the next call on').waitFor();
    await second.getByLabel('All calls of a day may cost').fill('99');
    await second.getByRole('button', { name: 'Save' }).click();
    await second.getByText('Somebody has changed this since you opened it.').waitFor();
    expect(await budgetOf(userId)).toMatchObject({ maxCostPerCallCents: 300, maxCostPerDayCents: 5_000 });
    expect(await violationsOn(second)).toEqual([]);
    await second.getByRole('button', { name: 'Show what it is now' }).click();
    await second.getByText('Somebody has changed this').waitFor({ state: 'detached' });
    expect(await second.getByLabel('One call may cost').inputValue()).toBe('$3.00');
    await second.getByLabel('All calls of a day may cost').fill('99');
    await second.getByRole('button', { name: 'Save' }).click();
    await second.getByText('they hold from the next call on').waitFor();
    expect(await budgetOf(userId)).toMatchObject({ maxCostPerCallCents: 300, maxCostPerDayCents: 9_900 });
  });

  it('says what the house gives away', async () => {
    const page = await house().admin('/house');
    await page.getByLabel('At most, for one call').fill('12.5');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('It holds from the next call on.').waitFor();
    const { json } = await house().test.api('/api/settings/sponsorship');
    expect(json).toMatchObject({ perCallCents: 1_250, perDayCents: 20_000 });
    expect(await violationsOn(page)).toEqual([]);
  });
});

describe('a user', () => {
  it('changes their own limits within what is possible, and reaches nobody else’s', async () => {
    const [userId, other] = [await house().newUser('Jane'), await house().newUser('Kate')];
    const page = await house().user(userId, '/budget');
    await page.getByLabel('One call may cost').fill('5000');
    await page.getByText('Give an amount in dollars.').waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    expect(await violationsOn(page)).toEqual([]);
    await page.getByLabel('One call may cost').fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('they hold from the next call on').waitFor();
    expect(await budgetOf(userId)).toMatchObject({ maxCostPerCallCents: 200 });
    await page.goto(house().at(`/users/${other}`));
    await page.getByText('This route needs the role admin.').waitFor();
    const probe = (body: object) =>
      page.evaluate(
        async ([path, text]) => {
          const { status } = await fetch(path, {
            method: 'PUT',
            headers: { 'content-type': 'application/json' },
            body: text,
          });
          return status;
        },
        [`/api/user/budget?userId=${other}`, JSON.stringify(body)] as const,
      );
    expect(await probe({ maxCostPerCallCents: 1 })).toBe(403);
    expect(await budgetOf(other)).toMatchObject({ maxCostPerCallCents: 1_000 });
  });

  it('whose session ends while they write keeps what was saved, and is asked to sign in', async () => {
    const userId = await house().newUser('Lea');
    const page = await house().user(userId, '/budget');
    await page.getByLabel('One call may cost').fill('4');
    await asOwner(
      house().test.database,
      `update sessions set revoked_at = now() where user_id = '${userId}'`,
    );
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Sign in to Ringback' }).waitFor();
    expect(await budgetOf(userId)).toMatchObject({ maxCostPerCallCents: 1_000 });
  });
});
