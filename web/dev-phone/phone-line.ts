import type { DevCallShape } from '../../server/http/shapes/dev-phone.ts';
import type { FromLine, ToLine } from './line-messages.ts';
import workletUrl from './line-worklet.ts?worker&url';

export interface PhoneLineWatcher {
  /** How loud both sides are, 0 to 1, fifty times a second. */
  onLevels(said: number, heard: number): void;
  onClosed(): void;
}

const FRAME_MS = 20;
/** The account that a carrier would name. */
const ACCOUNT_SID = `AC${'0'.repeat(32)}`;

/** Whether the browser gives us a microphone. */
export type Microphone = { kind: 'on'; stream: MediaStream } | { kind: 'off'; why: string };

/** Asks for the microphone; a call can be held without one, by typing. */
export async function openMicrophone(): Promise<Microphone> {
  try {
    // A loudspeaker would have the persona hear itself.
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return { kind: 'on', stream: await navigator.mediaDevices.getUserMedia({ audio }) };
  } catch {
    return { kind: 'off', why: 'There is no microphone, or this page may not use it. You can type.' };
  }
}

/**
 * One call from this browser: speaks the protocol of Twilio Media Streams to the server, as the carrier does
 * (www.twilio.com/docs/voice/media-streams/websocket-messages).
 */
export class PhoneLine {
  readonly #socket: WebSocket;
  readonly #audio: AudioContext;
  readonly #node: AudioWorkletNode;
  readonly #microphone: Microphone;
  readonly #watcher: PhoneLineWatcher;
  readonly #call: DevCallShape;
  readonly #streamSid = `MZ${crypto.randomUUID().replaceAll('-', '')}`;
  #sequence = 0;
  #chunk = 0;

  private constructor(
    call: DevCallShape,
    microphone: Microphone,
    audio: AudioContext,
    node: AudioWorkletNode,
    watcher: PhoneLineWatcher,
  ) {
    this.#call = call;
    this.#microphone = microphone;
    this.#audio = audio;
    this.#node = node;
    this.#watcher = watcher;
    this.#socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/dev-phone/media`);
    this.#socket.onopen = () => this.#start();
    this.#socket.onmessage = ({ data }: MessageEvent<string>) => this.#onMessage(data);
    this.#socket.onclose = () => this.#release();
  }

  /** @param audio made by a click: browsers play nothing before one. */
  static async open(
    call: DevCallShape,
    microphone: Microphone,
    audio: AudioContext,
    watcher: PhoneLineWatcher,
  ): Promise<PhoneLine> {
    await audio.audioWorklet.addModule(workletUrl);
    const node = new AudioWorkletNode(audio, 'line', { outputChannelCount: [1] });
    if (microphone.kind === 'on') audio.createMediaStreamSource(microphone.stream).connect(node);
    node.connect(audio.destination);
    return new PhoneLine(call, microphone, audio, node, watcher);
  }

  press(digit: string): void {
    this.#send({ event: 'dtmf', streamSid: this.#streamSid, dtmf: { track: 'inbound_track', digit } });
  }

  /** Says mu-law in the microphone’s place. */
  say(bytes: Uint8Array): void {
    this.#tell({ type: 'say', bytes });
  }

  hangUp(): void {
    const { callSid } = this.#call;
    this.#send({ event: 'stop', streamSid: this.#streamSid, stop: { accountSid: ACCOUNT_SID, callSid } });
    this.#socket.close();
  }

  #start(): void {
    const { callId, callSid, token } = this.#call;
    this.#socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    this.#send({
      event: 'start',
      streamSid: this.#streamSid,
      start: {
        streamSid: this.#streamSid,
        accountSid: ACCOUNT_SID,
        callSid,
        tracks: ['inbound'],
        customParameters: { callId, token },
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8_000, channels: 1 },
      },
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<FromLine>) => this.#fromLine(data);
  }

  #fromLine(message: FromLine): void {
    if (message.type === 'mark') {
      this.#send({ event: 'mark', streamSid: this.#streamSid, mark: { name: message.name } });
      return;
    }
    this.#chunk += 1;
    this.#send({
      event: 'media',
      streamSid: this.#streamSid,
      media: {
        track: 'inbound',
        chunk: String(this.#chunk),
        timestamp: String(this.#chunk * FRAME_MS),
        payload: btoa(String.fromCharCode(...message.bytes)),
      },
    });
    this.#watcher.onLevels(message.said, message.heard);
  }

  #onMessage(text: string): void {
    const message = JSON.parse(text) as
      | { event: 'media'; media: { payload: string } }
      | { event: 'mark'; mark: { name: string } }
      | { event: 'clear' };
    if (message.event === 'media') this.#tell({ type: 'play', bytes: bytesOf(message.media.payload) });
    else if (message.event === 'mark') this.#tell({ type: 'mark', name: message.mark.name });
    else this.#tell({ type: 'clear' });
  }

  #tell(message: ToLine): void {
    this.#node.port.postMessage(message);
  }

  #send(message: object): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#sequence += 1;
    this.#socket.send(JSON.stringify({ ...message, sequenceNumber: String(this.#sequence) }));
  }

  #release(): void {
    this.#node.port.onmessage = null;
    this.#node.disconnect();
    if (this.#microphone.kind === 'on') for (const track of this.#microphone.stream.getTracks()) track.stop();
    void this.#audio.close();
    this.#watcher.onClosed();
  }
}

/** Bytes of base64. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
