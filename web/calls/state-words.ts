import type { CallShape } from '../../server/http/shapes/calls.ts';

export const STATE_WORDS: Readonly<Record<CallShape['state'], string>> = {
  planned: 'waiting',
  dialing: 'dialling',
  ringing: 'ringing',
  live: 'talking',
  ended: 'over',
};
