import { RingbackError } from '../errors.ts';

const TIMEOUT_MS = 10_000;

/** Steers the sandbox. @returns its answer. @throws RingbackError `sandbox_unreachable`. */
export async function tellSandbox(controlUrl: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${controlUrl}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (response?.ok === true) return answer;
  throw new RingbackError('sandbox_unreachable', `The sandbox did not do what ${path} asks of it.`, {
    remedy: 'Look whether the sandbox is still running, and try again.',
  });
}
