import type { Entry } from './types.ts';
import { wordsOf } from './words.ts';

/**
 * Who is on the line? A number is a claim: until somebody who was asked for by name has answered, and has not said that
 * they are somebody else, nothing that is remembered of the callee may be in the model's view. Where it is doubtful they
 * are asked once more. English; another language brings its own words.
 */

/** named: they said who they are. no: somebody else, or a machine. unsure: says neither. */
type Answer = 'named' | 'yes' | 'no' | 'unsure' | 'other';

const RELATIVE =
  'mother|mom|mum|father|dad|parent|wife|husband|spouse|partner|sister|brother|son|daughter|friend|roommate|flatmate|neighbou?r|colleague|assistant|secretary|boss|manager|boyfriend|girlfriend|nurse|carer';
/** A recording that asks for a message is nobody. */
const MACHINE =
  /\b(?:leave (?:a|your|me a) (?:message|name)|after the (?:tone|beep)|voice ?mail|mailbox|press (?:one|\d)|record your|you have reached|the (?:person|number|customer|subscriber) you|can(?:no|')t (?:come to|take your call)|unable to take)\b/;
const DENIAL = new RegExp(
  [
    '^(?:no|nope|nah)\\b(?! (?:problem|worries))',
    '\\bwrong (?:number|person)\\b',
    "\\b(?:not|isn't|ain't) (?:here|in|home|him|her|available|around|there)\\b",
    "\\b(?:he|she|they)(?:'s| is|'re| are) (?:not|out|away|asleep|busy|driving|working|at work)\\b",
    '\\b(?:take|give (?:him|her|them)) a message\\b',
    '\\b(?:get|fetch|find|call) (?:him|her|them)\\b|\\b(?:put|pass|hand)(?:ing)? (?:him|her|them|you|it) (?:on|over|to|through)\\b',
    `\\b(?:his|her|their|the) (?:${RELATIVE})\\b|\\b(?:${RELATIVE}) (?:here|speaking)\\b`,
    '\\bno ?(?:one|body) (?:here|of that name|by that name)\\b',
    "\\bdon't know (?:any|who that|anybody|anyone)\\b",
  ].join('|'),
);
const SPEAKING =
  /\b(?:speaking|this is (?:s?he|her|him)|that's me|this is me|it's me|that is me|it is me|you(?:'ve| have) got (?:me|her|him))\b/;
const YES = /^(?:yes|yeah|yep|yup|sure|correct|right|uh-huh|mhm|mm-hm|of course|i am|it is)\b/;
const WHO =
  /\b(?:who(?:'s| is)? (?:this|that|calling|there|is it|are you)|who are you|what is this|what do you want)\b/;
const GREETING =
  /^(?:(?:hello|hi|hey|what|pardon|sorry|excuse me|huh|one moment|hold on|wait|just a (?:second|moment|minute)|a moment)[\s,.!?]*)+$/;
/** A sentence that goes on says nothing yet. */
const UNFINISHED = /\b(?:this|is|am|i'm|it's|i|and|but|the|uh|um|er)[\s,.]*$/;
/** "This is Bob", "Bob speaking": recognition writes names with a capital. */
const NAME_GIVEN =
  /\b(?:[Tt]his is|I'm|I am|[Mm]y name is|[Ii]t's|[Ii]t is) (\p{Lu}[\p{L}'-]+)|(\p{Lu}[\p{L}'-]+) (?:here|speaking)\b/u;
const NO_NAMES = new Set([
  'i',
  "i'm",
  'yes',
  'yeah',
  'she',
  'he',
  'her',
  'him',
  'me',
  'ok',
  'okay',
  'hi',
  'hello',
  'oh',
  'well',
]);

/** True once the callee has been asked for by name and has answered without saying that they are somebody else. */
export function isCalleeKnown(history: readonly Entry[], calleeName: string): boolean {
  const names = new Set(wordsOf(calleeName));
  let wasDenied = false;
  for (const said of answersIn(history, names)) {
    const answer = answerOf(said, names);
    if (answer === 'named' || (!wasDenied && (answer === 'yes' || answer === 'other'))) return true;
    wasDenied ||= answer === 'no';
  }
  return false;
}

/** The caller's turns since they were asked for by name; what they went on with belongs to its turn. */
function answersIn(history: readonly Entry[], names: ReadonlySet<string>): string[] {
  const turns: string[] = [];
  let wasAsked = false;
  for (const entry of history) {
    if (entry.kind === 'persona') wasAsked ||= wordsOf(entry.text).some((word) => names.has(word));
    if (entry.kind !== 'caller' || !wasAsked || entry.aside) continue;
    if (entry.continues && turns.length > 0) turns.push(`${turns.pop()} ${entry.text}`);
    else turns.push(entry.text);
  }
  return turns;
}

function answerOf(said: string, names: ReadonlySet<string>): Answer {
  const plain = said.replaceAll('’', "'").trim();
  const text = plain.toLowerCase();
  const words = wordsOf(plain);
  const isNamed = words.some((word) => names.has(word));
  if (MACHINE.test(text) || DENIAL.test(text) || isAboutThem(words, names)) return 'no';
  if (saysAnotherName(plain, names)) return 'no';
  if (SPEAKING.test(text) || (isNamed && !text.endsWith('?'))) return 'named';
  if (YES.test(text) && !text.startsWith('yes?')) return 'yes';
  const isUnsure = isNamed || UNFINISHED.test(text) || WHO.test(text) || GREETING.test(text);
  return isUnsure || text.startsWith('yes?') ? 'unsure' : 'other';
}

/** "Alice is not here", "I'm not Alice", "Alice's mother": about the callee, by somebody else. */
function isAboutThem(words: readonly string[], names: ReadonlySet<string>): boolean {
  const OTHERS = new Set(['not', "isn't", "ain't", 'no', 'out', 'away', 'asleep', 'busy', 'gone', 'working']);
  return words.some((word, at) => {
    if (names.has(word.replace(/'s$/, '')) && word.endsWith("'s")) return true;
    return names.has(word) && words.slice(Math.max(0, at - 2), at + 4).some((near) => OTHERS.has(near));
  });
}

function saysAnotherName(plain: string, names: ReadonlySet<string>): boolean {
  const match = NAME_GIVEN.exec(plain);
  const given = (match?.[1] ?? match?.[2] ?? '').toLowerCase();
  if (given === '' || names.has(given) || NO_NAMES.has(given)) return false;
  const words = wordsOf(plain);
  return !names.has(words[words.indexOf(given) - 1] ?? ''); // "Alice Miller speaking"
}
