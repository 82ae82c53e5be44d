import { createHmac } from 'node:crypto';

/** Signs a request as Twilio does: HMAC-SHA1 over the URL and the sorted form fields, in base64. */
export function twilioSignature(
  authToken: string,
  url: string,
  form: Readonly<Record<string, string>>,
): string {
  const data = Object.keys(form)
    .sort()
    .reduce((text, key) => text + key + form[key], url);
  return createHmac('sha1', authToken).update(data).digest('base64');
}

const TIMEOUT_MS = 15_000;

/** Posts a signed form and returns the body of the answer. @throws when the answer is no success. */
export async function postSigned(
  authToken: string,
  url: string,
  form: Readonly<Record<string, string>>,
): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': twilioSignature(authToken, url, form),
      'user-agent': 'TwilioProxy/1.1',
    },
    body: new URLSearchParams(form).toString(),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = await response.text();
  if (!response.ok)
    throw new Error(`${new URL(url).pathname} answered ${response.status}: ${body.slice(0, 200)}`);
  return body;
}
