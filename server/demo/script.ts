import type { CallerDescription } from '../sandbox/callers/scripts.ts';

/** What the demo's callee says: six turns and more, one interruption, one question about money, one goodbye. */
export const ALICE: CallerDescription = {
  voice: 'slt',
  answerAfterMs: 600,
  hangUpAfterMs: null,
  answeredBy: 'human',
  amdAfterMs: 2_500,
  lines: [
    { cue: { after: 'answer', delayMs: 300 }, text: 'Hello?' },
    { cue: { after: 'reply', delayMs: 600 }, text: 'Yes, this is Alice.' },
    { cue: { after: 'reply', delayMs: 600 }, text: 'I want to finish the report today.' },
    {
      cue: { after: 'reply', delayMs: 600 },
      text: "My boss is called Karen, I live in Denver, and I start at three o'clock.",
    },
    { cue: { after: 'reply', delayMs: 600 }, text: 'Tell me the story about your friend.' },
    { cue: { after: 'speech', delayMs: 3_600 }, text: 'Okay stop. What did I tell you about the report?' },
    { cue: { after: 'reply', delayMs: 600 }, text: 'How much does this call cost?' },
    { cue: { after: 'reply', delayMs: 600 }, text: 'Great, I have to go now. Bye!' },
  ],
};

/** The second call: she corrects one thing and has another forgotten. */
export const ALICE_AGAIN: CallerDescription = later([
  'I did it! Actually, I live in Boston.',
  'And forget what my boss is called.',
  'Yes, please.',
]);

/** The third: she asks. */
export const ALICE_LATER: CallerDescription = later(['Do you remember my home?']);

function later(lines: readonly string[]): CallerDescription {
  const soon = { after: 'reply' as const, delayMs: 400 };
  return {
    ...ALICE,
    hangUpAfterMs: 600,
    lines: [
      { cue: { after: 'answer', delayMs: 300 }, text: 'Hello?' },
      ...['Yes, this is Alice.', ...lines, 'Bye!'].map((text) => ({ cue: soon, text })),
    ],
  };
}

/** Greets, then says the user's own words, then says goodbye. */
export function ownWords(line: { text: string; wavBase64?: string }): CallerDescription {
  const [hello, name] = ALICE.lines;
  const goodbye = ALICE.lines.at(-1);
  const lines = [hello, name, { cue: { after: 'reply' as const, delayMs: 600 }, ...line }, goodbye];
  return { ...ALICE, lines: lines.filter((entry) => entry !== undefined) };
}
