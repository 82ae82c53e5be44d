import type { ConsentShape, SuppressionShape } from '../../server/http/shapes/dialing.ts';

export const CONSENT_WORDS: Readonly<Record<ConsentShape['kind'], string>> = {
  calls: 'Calls',
  texts: 'A text after each call',
  voicemail: 'Messages on the voicemail',
  recording: 'Recording of calls',
  guardian: 'A parent’s yes to calls with their child',
  adult: 'Being of age',
};

const GIVEN: Readonly<Record<ConsentShape['given'], string>> = {
  web: 'on this page',
  text: 'by text',
  voice: 'in a call',
  inbound: 'by calling',
  attested: 'attested by an admin',
};

/** How somebody agreed. */
export function givenWords(given: ConsentShape['given']): string {
  return GIVEN[given];
}

export const SUPPRESSED_BY: Readonly<Record<SuppressionShape['source'], string>> = {
  voice: 'they said so in a call',
  key: 'they pressed a key',
  text: 'they texted STOP',
  web: 'on their page',
  admin: 'by an admin',
  'wrong-number': 'wrong number',
};
