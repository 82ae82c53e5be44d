import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { asOwner } from '../as-owner.ts';
import { until } from '../sandbox.ts';
import { TcpProxy } from '../tcp-proxy.ts';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** What goes wrong around a page: the connection, the session, other people’s sites. Told plainly, and nothing is lost. */

const house = useHouse();

interface Call {
  id: string;
  state: string;
  transcript: Array<{ text: string }>;
}

const view = async (id: string) => (await house().test.api(`/api/calls/${id}`)).json as Call;

it('a lost connection is told, and when it is back nothing of what was said is missing or doubled', async () => {
  const { test, visitors } = house();
  const wire = await TcpProxy.to(test.app.publicBaseUrl);
  try {
    await watchThrough(wire, await visitors.signedIn({ role: 'admin' }));
  } finally {
    wire.close();
  }
});

async function watchThrough(wire: TcpProxy, page: Page): Promise<void> {
  const { test } = house();
  await page.goto(wire.through(house().at('/live')));
  await page.getByText('Nobody is on the phone.').waitFor();
  const to = house().newNumber();
  const lines = [
    'Yes, this is Tara.',
    'I want to finish the report today.',
    'Okay, I begin now.',
    'Goodbye.',
  ];
  await test.sandbox.putCaller(to, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      ...lines.map((text) => ({ cue: { after: 'reply' as const, delayMs: 500 }, text })),
    ],
  });
  const { json } = await test.api('/api/calls', {
    method: 'POST',
    body: { to, displayName: 'Tara', persona: 'brad' },
  });
  const { id } = json as Call;
  const card = page.getByRole('region', { name: 'Call with Tara' });
  await card.getByText("I'm an AI").waitFor();
  wire.cut();
  await page.getByText('The connection to the server is lost.').waitFor();
  expect(await violationsOn(page)).toEqual([]);
  await until('something was said meanwhile', async () => (await view(id)).transcript.length > 3, 60_000);
  await wire.mend();
  await page.getByText('The connection to the server is lost.').waitFor({ state: 'detached' });
  await until('the call is over', async () => (await view(id)).state === 'ended', 90_000);
  const said = (await view(id)).transcript.map(({ text }) => text);
  await expect.poll(async () => card.getByRole('listitem').count(), { timeout: 10_000 }).toBe(said.length);
  const shown = await card.getByRole('listitem').allTextContents();
  for (const [i, text] of said.entries()) expect(shown[i]).toContain(text);
}

it('whoever is signed out while they watch is asked to sign in when the stream is opened anew', async () => {
  const { test, visitors } = house();
  const wire = await TcpProxy.to(test.app.publicBaseUrl);
  try {
    const page = await visitors.signedIn({ role: 'admin' });
    await page.goto(wire.through(house().at('/live')));
    await page.getByRole('heading', { name: 'Live calls' }).waitFor();
    await asOwner(test.database, 'update sessions set revoked_at = now()');
    wire.cut();
    await wire.mend();
    await page.getByRole('heading', { name: 'Sign in to Ringback' }).waitFor();
    expect(await violationsOn(page)).toEqual([]);
  } finally {
    wire.close();
  }
});

it('another site’s page changes nothing with the cookie of somebody who is signed in', async () => {
  const { publicBaseUrl } = house().test.app;
  const before = (await house().test.api('/api/settings/pause')).json;
  const elsewhere = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Elsewhere</title>
      <form method="post" action="${publicBaseUrl}/api/user/no-more-calls" id="form"></form>`);
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  try {
    const page = await house().admin('/');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    const { port } = elsewhere.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    const outcome = await page.evaluate(async (url) => {
      const body = JSON.stringify({ house: true, personas: [], payers: [], version: 0 });
      const put = fetch(url, {
        method: 'PUT',
        credentials: 'include',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return put.then(
        ({ status }) => `answered ${status}`,
        () => 'refused by the browser',
      );
    }, `${publicBaseUrl}/api/settings/pause`);
    expect(outcome).toBe('refused by the browser');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/no-more-calls')),
      page.evaluate('document.getElementById("form").submit()'),
    ]);
    expect(answer.status()).toBe(401);
    expect((await house().test.api('/api/settings/pause')).json).toEqual(before);
  } finally {
    await new Promise<void>((resolve) => elsewhere.close(() => resolve()));
  }
});
