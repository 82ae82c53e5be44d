import path from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import { packageRoot } from '../../paths.ts';
import { type Page, sendPage } from './html.ts';

const SCRIPT = '/app/assets/passkeys.js';

const SIGN_IN: Page = {
  title: 'Ringback: sign in',
  body: `<h1>Sign in as admin</h1><form data-action="sign-in"><button class="main">Sign in with a passkey</button></form>
<p role="status"></p><p>A server that has no admin yet prints a link when it starts.</p>`,
  script: SCRIPT,
};
const ADD: Page = {
  title: 'Ringback: add a passkey',
  body: `<h1>Add a passkey</h1><p>With it you can sign in again when this session is over. Each device, or person, has one of its own.</p>
<form data-action="add-passkey"><p><label>Whose, or on what <input name="label" required maxlength="80" autocomplete="off"></label></p>
<button class="main">Add a passkey</button></form><p role="status"></p>`,
  script: SCRIPT,
};

/** The pages on which admins sign in and add passkeys, and the scripts that these need. */
export function signInPages(): Router {
  const router = Router();
  router.get('/sign-in', (_request, response) => sendPage(response, 200, SIGN_IN));
  router.get('/passkeys', (_request, response) => sendPage(response, 200, ADD));
  router.get('/assets/passkeys.js', (_request, response) =>
    response.sendFile(path.join(packageRoot, 'web', 'passkeys.js')),
  );
  const webauthn = path.dirname(fileURLToPath(import.meta.resolve('@simplewebauthn/browser')));
  router.use('/assets/webauthn', express.static(webauthn, { index: false }));
  return router;
}
