import type { Actor } from '../../db/connection.ts';
import type { Dialer } from '../call/dialer.ts';
import { tellSandbox } from './sandbox-control.ts';

interface Line {
  cue: { after: 'answer' | 'reply' | 'speech'; delayMs: number };
  text: string;
}

interface Example {
  number: string;
  displayName: string;
  persona: string;
  voice: 'slt' | 'rms';
  lines: Line[];
}

const FIRST_WORD_MS = 300;
const PAUSE_MS = 700;

/** People of the sandbox, for somebody who wants to see calls before they have anybody to call. */
const EXAMPLES: readonly Example[] = [
  {
    number: '+15550121',
    displayName: 'Alice',
    persona: 'brad',
    voice: 'slt',
    lines: lines(
      'Yes, this is Alice.',
      'I want to finish the report today.',
      "My boss is called Karen, I live in Denver, and I start at three o'clock.",
      'How much does this call cost?',
      'Great, I have to go now. Bye!',
    ),
  },
  {
    number: '+15550122',
    displayName: 'Ben',
    persona: 'joy',
    voice: 'rms',
    lines: [
      ...lines('Yes, this is Ben.', 'Tell me the story about your friend.'),
      // He speaks while he listens: a barge-in.
      { cue: { after: 'speech', delayMs: 3_600 }, text: 'Okay stop. I want to run five miles tomorrow.' },
      ...lines('Goodbye.'),
    ],
  },
  {
    number: '+15550123',
    displayName: 'Carol',
    persona: 'mara',
    voice: 'slt',
    lines: lines('Yes, speaking.', 'Call me tomorrow at nine.', 'Goodbye.'),
  },
];

function lines(...said: string[]): Line[] {
  return said.map((text) => ({ cue: { after: 'reply', delayMs: PAUSE_MS }, text }));
}

/**
 * Has personas call the sandbox's people, all at once: calls like any other, with money, transcripts and memories.
 * @returns the calls' ids. @throws RingbackError `sandbox_unreachable`, and what the gate refuses a call with.
 */
export async function callExamples(controlUrl: string, dialer: Dialer, actor: Actor): Promise<string[]> {
  const ids: string[] = [];
  for (const { number, displayName, persona, voice, lines } of EXAMPLES) {
    const hello: Line = { cue: { after: 'answer', delayMs: FIRST_WORD_MS }, text: 'Hello?' };
    await tellSandbox(controlUrl, '/callers', { number, caller: { voice, lines: [hello, ...lines] } });
    const { id } = await dialer.place(actor, { to: number, displayName, persona });
    ids.push(id);
  }
  return ids;
}
