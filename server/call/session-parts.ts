import type { Clock } from '../clock.ts';
import type { UsageSink } from '../cost/usage.ts';
import type { Logger } from '../log.ts';
import type { ConversationConfig } from './conversation/configuration.ts';
import type { Effect, Entry, Event } from './conversation/types.ts';
import type {
  HangUp,
  LanguageModel,
  ModelContext,
  PhoneLine,
  SpeechToText,
  TextToSpeech,
  ToolBox,
  VoiceActivity,
} from './ports.ts';

/** Everything a call is made of. The session owns what it opens and closes it all, once. */
export interface SessionParts {
  callId: string;
  config: ConversationConfig;
  /** What the model is told and may use, for what has been said so far. */
  contextFor(history: readonly Entry[]): ModelContext;
  voice: string;
  keyterms: readonly string[];
  line: PhoneLine;
  stt: SpeechToText;
  llm: LanguageModel;
  tts: TextToSpeech;
  vad: VoiceActivity;
  tools: ToolBox;
  usage: UsageSink;
  hangUp: HangUp;
  /** The callee wants no more calls. Never waited for. */
  onOptOut(): void;
  /** Recording begins or ends, or they want none. Never waited for. */
  onRecording(change: Extract<Effect, { type: 'recording' }>['change']): void;
  clock: Clock;
  log: Logger;
  /** Sees every event with its effects, in order; must not throw and must not wait. */
  observe(event: Event, effects: readonly Effect[]): void;
}
