/** The messages of Twilio Media Streams, as they arrive, checked by hand: fifty of them come each second. */

export type MediaMessage =
  | { event: 'connected' }
  | { event: 'start'; streamSid: string; callSid: string; parameters: Record<string, string> }
  | { event: 'media'; streamSid: string; audio: Buffer }
  | { event: 'mark'; streamSid: string; name: string }
  | { event: 'dtmf'; streamSid: string; digit: string }
  | { event: 'stop'; streamSid: string };

/** One second; Twilio sends 20 ms at a time. */
const MAX_FRAME_BYTES = 8_000;

/** @throws Error that says what is wrong with the message. */
export function parseMediaMessage(text: string): MediaMessage {
  const message = parseObject(text);
  const streamSid = String(message.streamSid ?? '');
  switch (message.event) {
    case 'connected':
      return { event: 'connected' };
    case 'start':
      return parseStart(streamSid, object(message.start, 'start'));
    case 'media':
      return { event: 'media', streamSid, audio: decodeAudio(object(message.media, 'media').payload) };
    case 'mark':
      return { event: 'mark', streamSid, name: string(object(message.mark, 'mark').name, 'mark.name') };
    case 'dtmf':
      return { event: 'dtmf', streamSid, digit: string(object(message.dtmf, 'dtmf').digit, 'dtmf.digit') };
    case 'stop':
      return { event: 'stop', streamSid };
    default:
      throw new Error(`unknown event ${JSON.stringify(message.event)}`);
  }
}

function parseStart(streamSid: string, start: Record<string, unknown>): MediaMessage {
  const format = object(start.mediaFormat, 'start.mediaFormat');
  if (
    format.encoding !== 'audio/x-mulaw' ||
    Number(format.sampleRate) !== 8_000 ||
    Number(format.channels) !== 1
  ) {
    throw new Error(`unsupported media format ${JSON.stringify(format)}; mu-law, 8,000 Hz, mono is needed`);
  }
  const parameters: Record<string, string> = {};
  for (const [name, value] of Object.entries(
    object(start.customParameters ?? {}, 'start.customParameters'),
  )) {
    parameters[name] = string(value, `start.customParameters.${name}`);
  }
  return { event: 'start', streamSid, callSid: string(start.callSid, 'start.callSid'), parameters };
}

function decodeAudio(payload: unknown): Buffer {
  if (typeof payload !== 'string') throw new Error('media.payload is not base64');
  const audio = Buffer.from(payload, 'base64');
  // The decoder skips what is not base64, so that what it gives is too short then.
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  if (audio.length === 0 || audio.length !== (payload.length / 4) * 3 - padding)
    throw new Error('media.payload is not base64');
  if (audio.length > MAX_FRAME_BYTES) throw new Error(`a media frame of ${audio.length} bytes is too long`);
  return audio;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the message is not JSON');
  }
  return object(value, 'the message');
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${name} is not an object`);
  return value as Record<string, unknown>;
}

function string(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is not a text`);
  return value;
}
