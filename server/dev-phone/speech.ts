import { z } from 'zod';
import { RingbackError } from '../errors.ts';

const spoken = z.object({ audioBase64: z.string() });
const TIMEOUT_MS = 10_000;

/** What the sandbox understands without a doubt. */
export const PHRASES = [
  'Yes, speaking.',
  'I want to finish the report today.',
  'What do you remember about me?',
  'Call me tomorrow at nine.',
  'How much does this call cost?',
  'Can you flash my light?',
  'Stop calling me.',
  'Goodbye.',
] as const;

/**
 * Has the sandbox say something in a caller's voice, and know it when it hears it.
 * @returns mu-law at 8,000 Hz, base64. @throws RingbackError `speech_unavailable`.
 */
export async function speakAsCaller(controlUrl: string, text: string): Promise<string> {
  const response = await fetch(`${controlUrl}/utterances`, {
    method: 'POST',
    body: JSON.stringify({ text }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => null);
  if (response?.ok !== true)
    throw new RingbackError('speech_unavailable', 'The sandbox did not say it.', {
      remedy: 'Look whether the sandbox is still running, and try again.',
    });
  return spoken.parse(await response.json()).audioBase64;
}
