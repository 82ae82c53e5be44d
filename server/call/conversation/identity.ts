import type { Entry } from './types.ts';

/**
 * Who is on the line? A number is a claim: until somebody who was asked for by name has answered, and has not said that
 * they are somebody else, nothing that is remembered of the callee may be in the model's view. English; another language
 * brings its own words.
 */

type Answer = 'named' | 'yes' | 'no' | 'unsure' | 'other';

/** A recording that asks for a message is nobody. */
const MACHINE =
  /\b(?:leave (?:a|your|me a) (?:message|name)|after the (?:tone|beep)|voice ?mail|mailbox|press (?:one|\d)|record your|you have reached|the (?:person|number|customer|subscriber) you|can(?:no|')t (?:come to|take your call)|unable to take)\b/;
const DENIAL =
  /^(?:no|nope|nah)\b(?! (?:problem|worries))|\bwrong (?:number|person)\b|\b(?:not|isn't|ain't) (?:here|in|home|him|her|available|around|there)\b|\b(?:he|she|they)(?:'s| is|'re| are) (?:not|out|away|asleep|busy|driving|working|at work)\b|\b(?:take|give (?:him|her|them)) a message\b|\bi(?:'m| am) (?:his|her|their) \w+|\bthis is (?:his|her|their) \w+|\bno ?(?:one|body) (?:here|of that name|by that name)\b|\bdon't know (?:any|who that|anybody|anyone)\b/;
const SPEAKING =
  /\b(?:speaking|this is (?:s?he|her|him)|that's me|this is me|it's me|that is me|it is me|you(?:'ve| have) got (?:me|her|him))\b/;
const YES = /^(?:yes|yeah|yep|yup|sure|correct|right|uh-huh|mhm|mm-hm|of course|i am|it is)\b/;
const WHO =
  /\b(?:who(?:'s| is)? (?:this|that|calling|there|is it|are you)|who are you|what is this|what do you want)\b/;
const GREETING =
  /^(?:(?:hello|hi|hey|what|pardon|sorry|excuse me|huh|one moment|hold on|wait|just a (?:second|moment|minute)|a moment)[\s,.!?]*)+$/;

/** A sentence that goes on says nothing yet. */
const UNFINISHED = /\b(?:this|is|am|i'm|it's|i|and|but|the|uh|um|er)[\s,.]*$/;

/** True once the callee has been asked for by name and has answered without saying that they are somebody else. */
export function isCalleeKnown(history: readonly Entry[], calleeName: string): boolean {
  const name = calleeName.toLowerCase();
  let wasDenied = false;
  for (const said of answersIn(history, name)) {
    const answer = answerOf(said, name);
    if (answer === 'named' || (!wasDenied && (answer === 'yes' || answer === 'other'))) return true;
    wasDenied ||= answer === 'no';
  }
  return false;
}

/** The caller's turns since they were asked for by name; what they went on with belongs to its turn. */
function answersIn(history: readonly Entry[], name: string): string[] {
  const turns: string[] = [];
  let wasAsked = false;
  for (const entry of history) {
    if (entry.kind === 'persona') wasAsked ||= entry.text.toLowerCase().includes(name);
    if (entry.kind !== 'caller' || !wasAsked || entry.aside) continue;
    if (entry.continues && turns.length > 0) turns.push(`${turns.pop()} ${entry.text}`);
    else turns.push(entry.text);
  }
  return turns;
}

function answerOf(said: string, name: string): Answer {
  const text = said.toLowerCase().replaceAll('’', "'").trim();
  const isNamed = text.includes(name) && name !== '';
  if (MACHINE.test(text)) return 'no';
  if (DENIAL.test(text) || (isNamed && isNot(text, name))) return 'no';
  if (SPEAKING.test(text) || (isNamed && !text.endsWith('?'))) return 'named';
  if (YES.test(text) && !text.startsWith('yes?')) return 'yes';
  if (isNamed) return 'unsure'; // "Alice?"
  if (UNFINISHED.test(text) || WHO.test(text) || GREETING.test(text) || text.startsWith('yes?'))
    return 'unsure';
  return 'other';
}

/** "Alice is not here", "I'm not Alice", "this isn't Alice". */
function isNot(text: string, name: string): boolean {
  const at = text.indexOf(name);
  const around = text.slice(Math.max(0, at - 14), at + name.length + 14);
  return /\b(?:not|isn't|ain't|no|out|away|asleep|busy)\b/.test(around);
}
