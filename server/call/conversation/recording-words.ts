/**
 * What is said about being recorded. Several US states want everybody's yes, so anything less than a plain yes is none,
 * and a no counts whenever it comes. English; another language brings its own words.
 */

const AGREES =
  /^(?:(?:um|uh|oh|well|ah|hm+)[\s,]+)*(?:yes|yeah|yep|yup|sure|okay|ok|of course|absolutely|certainly|definitely|fine|go ahead|please do|by all means|all right|alright|you (?:may|can)|that(?:'s| is) (?:fine|okay|ok|all right|alright)|sounds good|i agree|i don't mind|no problem)\b/;
/** Words after which a yes is not plain any more, or answers who they are. */
const DOUBTS =
  /\b(?:this is|speaking|it's me|that's me|i am (?!okay|ok|fine)|i'm (?!okay|ok|fine))|\b(?:no(?! problem)|nope|not|don't(?! mind)|won't|never|why|what|who|but|unless|rather|if|maybe)\b|\?/;
const REFUSES =
  /^(?:(?:um|uh|oh|well|sorry|ah|hm+)[\s,]+)*(?:no|nope|nah|never|please don't|don't|i'd (?:rather|prefer)|i would (?:rather|prefer))\b(?!,? (?:problem|that's|that is|it's|go ahead|sure|of course|i don't mind))/;
const STOPS = new RegExp(
  [
    '\\b(?:stop|quit|end|cancel|turn off|switch off) (?:the |this |your |that )?record(?:ing)?\\b',
    "\\b(?:don't|do not|stop|quit|no) record(?:ing)?(?: (?:me|us|this|it|the call))?\\b",
    "\\b(?:don't|do not|wouldn't|would not) (?:want|like) (?:to be|being|this|it|the call|you to|any of this) (?:to be )?record",
    '\\bnot (?:to )?(?:be )?record(?:ed|ing)\\b(?=$|[.,!;]| (?:please|any ?more|now))',
  ].join('|'),
);

/** yes: plainly. no: plainly not. unclear: neither, which is no consent. */
export function answerAboutRecording(text: string): 'yes' | 'no' | 'unclear' {
  const said = plain(text);
  if (STOPS.test(said) || REFUSES.test(said)) return 'no';
  return AGREES.test(said) && !DOUBTS.test(said) ? 'yes' : 'unclear';
}

/** True when somebody says, at whatever moment, that nothing is to be recorded. */
export function refusesRecording(text: string): boolean {
  return STOPS.test(plain(text));
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll('’', "'").replace(/\s+/g, ' ').trim();
}
