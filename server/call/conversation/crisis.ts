import { wordsOf } from './words.ts';

/**
 * Words by which somebody says that they may harm themselves, or are in danger from others or of their health. They are
 * meant to be found too often rather than once too seldom: the answer is a few kind sentences and a number. English;
 * another language brings its own. What is demanded: New York's law on AI companions (since 5 November 2025) and
 * California's SB 243 (since 1 January 2026), a protocol for suicidal ideation.
 */
const PHRASES: readonly (readonly string[])[] = [
  'kill myself',
  'killing myself',
  'hurt myself',
  'hurting myself',
  'harm myself',
  'harming myself',
  'cut myself',
  'cutting myself',
  'end my life',
  'ending my life',
  'take my life',
  'taking my life',
  'take my own life',
  'end it all',
  'want to die',
  'wanna die',
  'wish i was dead',
  'wish i were dead',
  'better off dead',
  "don't want to live",
  'do not want to live',
  "don't want to be alive",
  "don't want to be here anymore",
  'no reason to live',
  'suicide',
  'suicidal',
  'self-harm',
  'overdose',
  'overdosed',
  'call 911',
  'call nine one one',
  'call an ambulance',
  'call the police',
  'need an ambulance',
  "can't breathe",
  'cannot breathe',
  'having a heart attack',
  'having a stroke',
  'going to kill me',
  'gonna kill me',
  'somebody in my house',
  'someone in my house',
].map((phrase) => phrase.split(' '));

/** True when a line of the caller says, or may say, that they are in danger. */
export function isCrisis(text: string): boolean {
  const words = wordsOf(text.replaceAll('’', "'"));
  return PHRASES.some((phrase) =>
    words.some((_, from) => phrase.every((word, i) => words[from + i] === word)),
  );
}
