import type { Scope } from './scope.ts';

/** A call that is over, with what was said. */
export interface HeldCall {
  id: string;
  scope: Scope;
  calleeName: string;
  personaName: string;
  timeZone: string;
  endedAt: Date;
  turns: Array<{ seq: number; speaker: 'caller' | 'persona'; text: string }>;
}
