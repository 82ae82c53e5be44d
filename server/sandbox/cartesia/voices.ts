import type { VoiceName } from '../speech/engine.ts';

/** Cartesia voice ids that the sandbox knows, and the engine's voice behind each. */
export const VOICES: Readonly<Record<string, VoiceName>> = {
  'a0e99841-438c-4a64-b679-ae501e7d6091': 'rms',
  '694f9389-aac1-45b6-b726-9d9369183238': 'slt',
  'c99d36f3-5ffd-4253-803a-535c1bc9c306': 'awb',
};
