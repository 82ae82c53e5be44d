import type { CallerDescription } from '../sandbox/callers/scripts.ts';

/** What the demo's callee says: six turns and more, one interruption, one question about money, one goodbye. */
export const ALICE: CallerDescription = {
  voice: 'slt',
  answerAfterMs: 600,
  hangUpAfterMs: null,
  lines: [
    { cue: { after: 'answer', delayMs: 300 }, text: 'Hello?' },
    { cue: { after: 'reply', delayMs: 800 }, text: 'Yes, this is Alice.' },
    { cue: { after: 'reply', delayMs: 800 }, text: 'I want to finish the report for my boss today.' },
    { cue: { after: 'reply', delayMs: 800 }, text: "I start at three o'clock." },
    { cue: { after: 'reply', delayMs: 800 }, text: 'Tell me the story about your friend.' },
    { cue: { after: 'speech', delayMs: 5_200 }, text: 'Okay stop. What did I tell you about the report?' },
    { cue: { after: 'reply', delayMs: 800 }, text: 'How much does this call cost?' },
    { cue: { after: 'reply', delayMs: 800 }, text: 'Great, I have to go now. Bye!' },
  ],
};

/** Greets, then says the user's own words, then says goodbye. */
export function ownWords(line: { text: string; wavBase64?: string }): CallerDescription {
  const [hello, name] = ALICE.lines;
  const goodbye = ALICE.lines.at(-1);
  const lines = [hello, name, { cue: { after: 'reply' as const, delayMs: 800 }, ...line }, goodbye];
  return { ...ALICE, lines: lines.filter((entry) => entry !== undefined) };
}
