/** What can be billed, each with the unit it is counted in. */
export const SKUS = {
  'telephony.outbound.ms': { name: 'Telephone', unit: 'milliseconds', type: 'twilio_duration' },
  'telephony.inbound.ms': { name: 'Telephone', unit: 'milliseconds', type: 'twilio_duration' },
  /** The audio to and from us, which the carrier bills beside the call. */
  'media.stream.ms': { name: 'Media stream', unit: 'milliseconds', type: 'twilio_duration' },
  'tts.characters': { name: 'Voice', unit: 'characters', type: 'tts_request' },
  'llm.input.tokens': { name: 'Thinking, in', unit: 'tokens', type: 'ai_inference' },
  /** Part of the prompt that the vendor had in its cache; not counted as input. */
  'llm.cached.tokens': { name: 'Thinking, cached', unit: 'tokens', type: 'ai_inference' },
  'llm.output.tokens': { name: 'Thinking, out', unit: 'tokens', type: 'ai_inference' },
  /** Thought before it spoke; not counted as output. */
  'llm.reasoning.tokens': { name: 'Thinking, silent', unit: 'tokens', type: 'ai_inference' },
  'stt.ms': { name: 'Hearing', unit: 'milliseconds', type: 'stt_chunk' },
  'memory.operations': { name: 'Memory', unit: 'operations', type: 'memory_operation' },
  'sms.segments': { name: 'Texts', unit: 'segments', type: 'sms_message' },
  'amd.checks': { name: 'Answering machine check', unit: 'checks', type: 'machine_detection' },
  'recording.ms': { name: 'Recording', unit: 'milliseconds', type: 'call_recording' },
} as const satisfies Record<string, { name: string; unit: Unit; type: string }>;

export type Unit = 'milliseconds' | 'characters' | 'tokens' | 'operations' | 'segments' | 'checks';
export type Sku = keyof typeof SKUS;
/** Names of cost events; those of the customer's documents are kept. */
export type UsageType = (typeof SKUS)[Sku]['type'];

export const SKU_NAMES = Object.keys(SKUS) as Sku[];
