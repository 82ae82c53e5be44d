import { expect, it } from 'vitest';
import { openSession } from '../../server/http/access/sessions.ts';
import { newVisitor, violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** How admins come in: a passkey that the browser's own authenticator makes and answers with. */

const house = useHouse();

it('an admin adds a passkey, signs out, and signs in with it', async () => {
  const visitor = await newVisitor(house().browser);
  const home = `http://localhost:${house().test.app.port}`; // passkeys belong to a host name
  const value = await openSession(house().test.database.db, { role: 'admin' });
  await visitor.addCookies([{ name: 'ringback', value, url: home }]);
  const page = await visitor.newPage();
  const devtools = await visitor.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(`${home}/app/passkeys`);
  await page.getByText('There is none yet').waitFor();
  await page.getByLabel('Whose, or on what').fill('Ada’s laptop');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('cell', { name: 'Ada’s laptop' }).waitFor();
  expect(await violationsOn(page)).toEqual([]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('tab', { name: 'As admin' }).click();
  expect(await violationsOn(page)).toEqual([]);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await visitor.close();
});

it('a wrong number and a wrong code are told in words', async () => {
  const visitor = await newVisitor(house().browser);
  const page = await visitor.newPage();
  await page.goto(house().at('/'));
  await page.getByLabel('Your phone number').fill('12');
  await page.getByRole('button', { name: 'Text me a code' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Your phone number').fill('+15551499');
  await page.getByRole('button', { name: 'Text me a code' }).click();
  await page.getByLabel('Digit 1').click();
  await page.keyboard.type('123456');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This code is wrong, has been used, or is too old.').waitFor();
  expect(await violationsOn(page)).toEqual([]);
  await visitor.close();
});

it('an address that leads nowhere says so', async () => {
  const visitor = await newVisitor(house().browser);
  const page = await visitor.newPage();
  await page.goto(house().at('/nothing/here'));
  await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
  expect(await violationsOn(page)).toEqual([]);
  await visitor.close();
});
