import { RingbackError } from '../../errors.ts';

/** A copy that lags is no harm; a request that hangs would hold the next one up. */
const TIMEOUT_MS = 10_000;

export interface HomeSettings {
  baseUrl: string;
  apiKey: string;
}

/**
 * One request to another memory home.
 * @returns the JSON of its answer; null for 404 and for an answer without a body.
 * @throws RingbackError `memory_home` for every other status.
 */
export async function ask(
  { baseUrl, apiKey }: HomeSettings,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  signal: AbortSignal = AbortSignal.timeout(TIMEOUT_MS),
): Promise<unknown> {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });
  const text = await response.text();
  if (response.status === 404) return null;
  if (!response.ok)
    throw new RingbackError(
      'memory_home',
      `${new URL(baseUrl).host} answered ${response.status} to ${path}.`,
      {
        remedy: 'It is tried again; when it goes on, look at the key and the status of the service.',
      },
    );
  return text === '' ? null : JSON.parse(text);
}
