import type { TextToSpeech } from '../../server/call/ports.ts';
import { Clips, withClips } from '../../server/tts/prepared.ts';
import { audioOf, BYTES_PER_MS, readAudio, utteranceIndex, wholeBytes } from './audio.ts';
import { type FakeVoice, spokenWords } from './fake-voice.ts';

/** Marks the audio of a clip, which does not know yet as which utterance it will be spoken. */
const CLIP = 63;
const CHUNK_MS = 300;

const clips = new Clips();

/** The real clips before the fake voice. Their audio is given the name of the utterance that it is spoken as. */
export function withPreparedLines(voice: FakeVoice, texts: readonly string[]): TextToSpeech {
  for (const text of texts) prepare(text);
  const tts = withClips(voice, clips);
  return {
    open(call, handlers, usage) {
      const stream = tts.open(
        call,
        {
          ...handlers,
          onAudio: (utt, payload, byteCount) => {
            const { index, fromBytes } = readAudio(payload);
            const isClip = index === CLIP && utteranceIndex(utt) !== CLIP;
            const named = isClip ? audioOf(utt, fromBytes, fromBytes + byteCount) : payload;
            handlers.onAudio(utt, named, byteCount);
          },
        },
        usage,
      );
      return {
        ...stream,
        say(utt, text, last, attempt) {
          if (last && !voice.texts.has(utt) && clips.get(call.voice, text) !== undefined) {
            voice.texts.set(utt, text);
            voice.words.set(utt, spokenWords(text, 0));
          }
          stream.say(utt, text, last, attempt);
        },
      };
    },
  };
}

function prepare(text: string): void {
  if (clips.get('simulated', text) !== undefined) return;
  const words = spokenWords(text, 0);
  const bytes = wholeBytes(words.at(-1)?.endMs ?? 0);
  const step = CHUNK_MS * BYTES_PER_MS;
  const chunks = Array.from({ length: Math.ceil(bytes / step) }, (_, i) => {
    const to = Math.min(bytes, (i + 1) * step);
    return { payload: audioOf(CLIP, i * step, to), byteCount: to - i * step };
  });
  clips.put('simulated', text, { words, chunks });
}
