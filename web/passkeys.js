// The two things that a passkey page does. Everything that decides is on the server.
import { startAuthentication, startRegistration } from '/app/assets/webauthn/index.js';

const status = document.querySelector('[role=status]');

/** Posts JSON to our own server; says what it says when it refuses. */
async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.title} ${answer.detail}`);
  return answer;
}

async function signIn() {
  const { challengeId, options } = await post('/api/session/passkey/challenge', {});
  const response = await startAuthentication({ optionsJSON: options });
  await post('/api/session/passkey', { challengeId, response });
  return 'You are signed in.';
}

async function addPasskey(form) {
  const label = new FormData(form).get('label');
  const { challengeId, options } = await post('/api/passkeys/challenge', {});
  const response = await startRegistration({ optionsJSON: options });
  await post('/api/passkeys', { challengeId, label, response });
  return `The passkey “${label}” can sign in from now on.`;
}

const ACTIONS = { 'sign-in': signIn, 'add-passkey': addPasskey };

for (const form of document.querySelectorAll('form[data-action]')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    status.textContent = 'Waiting for your device …';
    try {
      status.textContent = await ACTIONS[form.dataset.action](form);
    } catch (error) {
      status.textContent = error.name === 'NotAllowedError' ? 'It was not confirmed.' : error.message;
    }
  });
}
