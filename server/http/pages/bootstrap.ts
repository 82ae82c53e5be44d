import { Router } from 'express';
import type { Database } from '../../../db/connection.ts';
import { setSessionCookie } from '../access/authenticate.ts';
import { redeemBootstrap } from '../access/bootstrap.ts';
import type { Challenges } from '../access/challenges.ts';
import { type Page, sendPage } from './html.ts';

export interface BootstrapPageParts {
  db: Database;
  challenges: Challenges;
  publicBaseUrl: string;
}

const ASK: Page = {
  title: 'Ringback',
  body: `<h1>Become this server’s first admin?</h1><p>The link works once. Whoever uses it can change everything here.</p>
<form method="post"><button class="main">Sign in as admin</button></form>`,
};
const DONE: Page = {
  title: 'Ringback',
  body: '<h1>You are signed in as admin.</h1><p><a class="main" href="/app/passkeys">Add a passkey</a> now: this session ends after twelve hours.</p><p><a href="/app/">To the calls</a></p><p>For programs, <code>npm run db:seed</code> prints an API token.</p>',
};
const REFUSED: Page = {
  title: 'Ringback',
  body: '<h1>This link does not work.</h1><p>It has been used, is older than a day, or there is an admin already. A server without an admin prints a new one when it starts.</p>',
};

/** The page behind the link of the first start. Opening it changes nothing, so that a preview uses nothing up. */
export function bootstrapPage({ db, challenges, publicBaseUrl }: BootstrapPageParts): Router {
  const router = Router();
  router.get('/:key', (_request, response) => sendPage(response, 200, ASK));
  router.post('/:key', async (request, response) => {
    const session = await redeemBootstrap(db, challenges, request.params.key);
    if (session === null) return sendPage(response, 410, REFUSED);
    setSessionCookie(response, publicBaseUrl, session);
    sendPage(response, 200, DONE);
  });
  return router;
}
