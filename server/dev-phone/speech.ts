import { z } from 'zod';
import { tellSandbox } from './sandbox-control.ts';

const spoken = z.object({ audioBase64: z.string() });

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
 * @returns mu-law at 8,000 Hz, base64. @throws RingbackError `sandbox_unreachable`.
 */
export async function speakAsCaller(controlUrl: string, text: string): Promise<string> {
  return spoken.parse(await tellSandbox(controlUrl, '/utterances', { text })).audioBase64;
}
