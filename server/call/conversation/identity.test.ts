import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCalleeKnown } from './identity.ts';
import type { Entry } from './types.ts';

/** When the persona may know whom it talks to. */

const OPENING = "Hi, this is Brad. I'm an AI, calling on behalf of Ringback. Is this Alice?";
const persona = (text: string, interrupted = false): Entry => ({
  kind: 'persona',
  utt: 1,
  said: 'opening',
  text,
  interrupted,
});
const caller = (text: string, { aside = false, continues = false } = {}): Entry => ({
  kind: 'caller',
  turn: 1,
  text,
  aside,
  continues,
});
const knows = (...entries: Entry[]) => isCalleeKnown(entries, 'Alice');

describe('who is on the line', () => {
  it.each([
    'Yes, this is Alice.',
    'Yes.',
    'Yeah, hi!',
    'Speaking.',
    "It's me.",
    'This is she.',
    'Alice here.',
    'Oh hi Brad, how are you?',
    'I want to run a marathon.',
    'No problem, go ahead.',
    'Yes, who is this?',
    'Hi, it is Alice.',
    'Yes, Alice Miller speaking.',
    "Hey! I'm so glad you call.",
  ])('is the callee who answers "%s"', (said) => {
    expect(knows(persona(OPENING), caller(said))).toBe(true);
  });

  it.each([
    'No.',
    "No, she's not here.",
    'Wrong number, sorry.',
    "Alice isn't here right now.",
    "I'm not Alice.",
    'Alice is at work. Can I take a message?',
    'This is her husband.',
    "I'm her mother.",
    "She's asleep.",
    "This is Alice's mother speaking.",
    'Her husband speaking.',
    'Mother speaking.',
    'This is Bob.',
    "I'm Bob, what's up?",
    'Bob here.',
    "Yes, I'll get her.",
    'One moment, I will put you through.',
    'Alice is out.',
    "Sure, I'm passing you on to her colleague.",
    'There is nobody here of that name; nobody by that name.',
    'Who is this?',
    "Who's calling?",
    'Hello?',
    'Hello? Sorry?',
    'Hold on.',
    'Yes?',
    'Is Alice in trouble?',
    'Hi, you have reached Alice. Please leave a message after the tone.',
    'The person you are calling is not available.',
    "Alice can't take your call, press one to leave your name.",
  ])('is nobody known who answers "%s"', (said) => {
    expect(knows(persona(OPENING), caller(said))).toBe(false);
  });

  it('is not asked by a greeting at pick-up, nor by an opening that was cut off before the name', () => {
    expect(knows(caller('Hello, yes?'), persona(OPENING))).toBe(false);
    expect(knows(persona("Hi, this is Brad. I'm an", true), caller('Yes.'))).toBe(false);
    expect(
      knows(
        persona("Hi, this is Brad. I'm an", true),
        caller('Yes.'),
        persona('Is this Alice?'),
        caller('Yes.'),
      ),
    ).toBe(true);
    expect(knows(persona(OPENING), caller('Yes.', { aside: true }))).toBe(false); // a mm-hm under the persona's own words
  });

  it('is judged by a whole turn, also when it came in pieces', () => {
    const goesOn = { continues: true };
    expect(knows(persona(OPENING), caller('This is'))).toBe(false);
    expect(knows(persona(OPENING), caller('This is'), caller('her husband.', goesOn))).toBe(false);
    expect(knows(persona(OPENING), caller('This is'), caller('Alice.', goesOn))).toBe(true);
  });

  it('answers to any part of a longer name', () => {
    const known = (said: string) =>
      isCalleeKnown([persona('Is this Alice Ann Miller?'), caller(said)], 'Alice Ann Miller');
    for (const said of ['This is Alice.', 'Ann here.', 'Miller speaking.', 'Yes.'])
      expect([said, known(said)]).toEqual([said, true]);
    expect(known('This is Mrs Taylor.')).toBe(false);
    const denied = [
      persona('Is this Alice Ann Miller?'),
      caller('No.'),
      persona('Oh.'),
      caller('Alice here.'),
    ];
    expect(isCalleeKnown(denied, 'Alice Ann Miller')).toBe(true);
  });

  it('takes a name for nothing but a name', () => {
    const odd = [persona('Is this A.* (B?'), caller('Yes.')];
    expect(isCalleeKnown(odd, 'A.* (B')).toBe(true);
    expect(isCalleeKnown(odd, '')).toBe(false);
  });

  it('is known after a denial only by name', () => {
    const denied = [persona(OPENING), caller("No, she's in the garden.")];
    expect(knows(...denied, persona('Could I speak to her?'), caller('Yes, one moment.'))).toBe(false);
    expect(knows(...denied, persona('Thank you.'), caller('What is it about?'))).toBe(false);
    expect(knows(...denied, persona('Thank you.'), caller('Hello, Alice here.'))).toBe(true);
  });

  it('is never known before the name was heard, nor by any number of denials and doubts', () => {
    const somebody = fc.constantFrom(
      'No.',
      'Who is this?',
      'Hello?',
      "She's out.",
      'Wrong number.',
      'This is Bob.',
      'Hm, the',
    );
    const anything = fc.constantFrom('Yes.', 'Speaking.', 'Alice here.', 'Sure, go on.', 'No.', 'Hello?');
    const nameless = fc.constantFrom('Hi, this is Brad.', "I'm an AI, calling", 'Are you there?');
    fc.assert(
      fc.property(fc.array(somebody), fc.array(fc.tuple(nameless, anything)), (doubts, before) => {
        const early = before.flatMap(([own, theirs]) => [persona(own), caller(theirs)]);
        expect(knows(...early)).toBe(false);
        expect(knows(...early, persona(OPENING), ...doubts.map((said) => caller(said)))).toBe(false);
      }),
    );
  });
});
