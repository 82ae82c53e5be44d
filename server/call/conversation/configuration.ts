import type { Tunables } from './tunables.ts';
import type { EndReason } from './types.ts';

/** That a call is to be recorded if the callee agrees, and the fixed words for it. */
export interface RecordingWish {
  calleeName: string;
  /** They agreed before: they are told, not asked. */
  isAgreed: boolean;
  /** Their number is a claim, until a PIN shows that it is theirs. */
  awaitsPin: boolean;
  question: string;
  announcement: string;
  begun: string;
  declined: string;
  /** They ended it. */
  ended: string;
}

/** Everything the core needs to know before the call; part of the event log. */
export interface ConversationConfig {
  direction: 'outbound' | 'inbound';
  opening: string;
  reprompts: readonly string[];
  fillers: readonly string[];
  apology: string;
  /** What a machine is told after its tone; empty where no message may be left. */
  voicemail: string;
  /** Who is calling and why, for a call screener. */
  screening: string;
  /** That an AI is speaking, on whose behalf, and how to have no more calls. */
  disclosure: string;
  /** That a PIN was right, and that it was not. */
  pinRight: string;
  pinWrong: string;
  /** That the persona is silent until it is spoken to. */
  quiet: string;
  /** Said when the budget runs low. */
  budgetNotice: string;
  /** Said to somebody who says that they may harm themselves. */
  safety: string;
  goodbyes: Readonly<Record<EndReason, string>>;
  /** Null where nothing is recorded. */
  recording: RecordingWish | null;
  tunables: Tunables;
}
