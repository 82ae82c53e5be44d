/**
 * What a phone's own call screener says before it lets somebody through: it wants a name and a reason, and then silence
 * until its owner picks up. English, as the screeners of Apple (iOS 26) and Google (Pixel) speak it; another language
 * brings its own.
 */
const SCREENER = new RegExp(
  [
    '\\b(?:record|say|state|give)(?: me)? (?:your|the) name\\b',
    '\\bscreening (?:service|calls?|this call)\\b|\\bcall screen(?:ing|er)\\b',
    "\\breason (?:for|why)(?: you(?:'re| are))? call(?:ing)?\\b",
    '\\bsee if (?:this|the|that) person is available\\b',
    '\\bwho (?:may|shall|should) i say is calling\\b',
  ].join('|'),
);
const HOLDING =
  /\b(?:please (?:hold|stay on)|hold (?:on|the line)|stay on the line|one moment|just a (?:moment|second)|connecting (?:you|your call)|thank(?:s| you)[.,!]?$)/;

/** True when a line comes from a call screener that asks who is calling. */
export function isScreener(text: string): boolean {
  return SCREENER.test(plain(text));
}

/** True when somebody only asks for patience. */
export function asksToHold(text: string): boolean {
  return HOLDING.test(plain(text));
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll('’', "'").replace(/\s+/g, ' ').trim();
}
