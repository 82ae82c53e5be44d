import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskPrivateNumbers } from './private-numbers.ts';

const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** Digits whose last one checks the others, as on every payment card. */
const cardNumber = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 18 })
  .map((digits) => {
    const sum = [...digits].reverse().reduce((total, digit, i) => {
      const doubled = i % 2 === 0 ? digit * 2 : digit;
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
    return [...digits, (10 - (sum % 10)) % 10];
  });

describe('private numbers', () => {
  it.each([
    ['My card is 4242 4242 4242 4242, okay?', 'My card is [card number], okay?'],
    ['It is 4242-4242-4242-4242.', 'It is [card number].'],
    ['four two four two four two four two four two four two four two four two', '[card number]'],
    ['forty-two forty-two forty two forty two 4242 4242.', '[card number].'],
    ['double four double four four four four four 4444 4444 4444', null],
    ['Take 378282246310005 please', 'Take [card number] please'],
    ['my social is 123-45-6789', 'my social is [social security number]'],
    ['My social security number is 123 45 6789.', 'My social security number is [social security number].'],
    ['the security code is 123', 'the security code is [code]'],
    ['my verification code is four seven one one two two', 'my verification code is [code]'],
    ['the PIN is 4711', 'the PIN is [code]'],
  ])('%s', (said, masked) => {
    expect(maskPrivateNumbers(said)).toBe(masked ?? said);
  });

  it.each([
    'Call me at 212 555 0123 or +1 212 555 0123.',
    'My zip code is 94107 and my area code is 415.',
    'It cost 1,299 dollars on May 3 2026 at 10:45.',
    'I ran 42 kilometres in four hours and twelve minutes.',
    'One two three, testing.',
    'I was born in nineteen eighty four.',
    'Order 4242 4242 4242 4243 is late.',
    'Oh, no. Oh one more thing.',
    'my  spacing   stays where one  number is said',
  ])('leave alone: %s', (said) => {
    expect(maskPrivateNumbers(said)).toBe(said);
  });

  it('of any card are found, however they are grouped and said', () => {
    fc.assert(
      fc.property(
        cardNumber,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        fc.boolean(),
        (card, groups, spoken) => {
          const parts: string[] = [];
          for (let at = 0, i = 0; at < card.length; i++) {
            const size = groups[i % groups.length] ?? 1;
            const group = card.slice(at, at + size);
            parts.push(spoken ? group.map((digit) => WORDS[digit]).join(' ') : group.join(''));
            at += size;
          }
          const masked = maskPrivateNumbers(`it is ${parts.join(' ')} thanks`);
          expect(masked).toBe('it is [card number] thanks');
        },
      ),
    );
  });
});
