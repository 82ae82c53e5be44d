import { describe, expect, it } from 'vitest';
import type { TextToSpeech, TtsHandlers } from '../call/ports.ts';
import type { Usage } from '../cost/usage.ts';
import { Clips, prepareClips, withClips } from './prepared.ts';

const words = [{ text: 'Hello.', startMs: 0, endMs: 400 }];

/** Speaks at once; fails on request. */
class FakeVoice implements TextToSpeech {
  readonly said: string[] = [];
  failing = false;
  open_ = 0;

  open(_call: unknown, handlers: TtsHandlers, usage: (usage: Usage) => void) {
    this.open_ += 1;
    return {
      say: (utt: number, text: string) => {
        this.said.push(text);
        usage({
          vendor: 'cartesia',
          sku: 'tts.characters',
          units: text.length,
          reference: `${utt}`,
          outcome: 'complete',
        });
        if (this.failing) return handlers.onFailed(utt, 'down');
        handlers.onWords(utt, words);
        handlers.onAudio(utt, 'AAAA', 3);
        handlers.onDone(utt);
      },
      cancel: () => undefined,
      close: () => {
        this.open_ -= 1;
      },
    };
  }
}

const call = { callId: 'call', voice: 'brad' };

function listen(tts: TextToSpeech) {
  const heard: string[] = [];
  const stream = tts.open(
    call,
    {
      onAudio: (utt) => heard.push(`audio ${utt}`),
      onWords: (utt) => heard.push(`words ${utt}`),
      onDone: (utt) => heard.push(`done ${utt}`),
      onFailed: (utt) => heard.push(`failed ${utt}`),
    },
    () => undefined,
  );
  return { stream, heard };
}

describe('lines spoken beforehand', () => {
  it('are heard at once, also when the vendor is down, and cost nothing again', async () => {
    const voice = new FakeVoice();
    const clips = new Clips();
    const usage: Usage[] = [];
    await prepareClips(voice, clips, call, ['Hello.', 'Bye.'], (used) => usage.push(used)).done;
    expect(usage.map(({ units }) => units)).toEqual([6, 4]);
    voice.failing = true;
    const { stream, heard } = listen(withClips(voice, clips));
    stream.say(1, 'Hello.', true, 0);
    expect(heard).toEqual(['words 1', 'audio 1', 'done 1']);
    expect(voice.said).toEqual(['Hello.', 'Bye.']);
    stream.close();
    expect(voice.open_).toBe(0);
  });

  it('are not mistaken for the end of a longer text, nor for another voice', async () => {
    const voice = new FakeVoice();
    const clips = new Clips();
    await prepareClips(voice, clips, call, ['Bye.'], () => undefined).done;
    const { stream } = listen(withClips(voice, clips));
    stream.say(1, 'So long. ', false, 0);
    stream.say(1, 'Bye.', true, 0);
    expect(voice.said).toEqual(['Bye.', 'So long. ', 'Bye.']);
    expect(clips.get('alice', 'Bye.')).toBeUndefined();
  });

  it('are made once', async () => {
    const voice = new FakeVoice();
    const clips = new Clips();
    await prepareClips(voice, clips, call, ['Bye.', 'Bye.', ' '], () => undefined).done;
    await prepareClips(voice, clips, call, ['Bye.'], () => undefined).done;
    expect(voice.said).toEqual(['Bye.']);
  });

  it('are made once, however many calls begin at the same moment', async () => {
    const voice = new FakeVoice();
    const clips = new Clips();
    const silent: TextToSpeech = {
      open: () => ({ say: () => undefined, cancel: () => undefined, close: () => undefined }),
    };
    const slow = prepareClips(silent, clips, call, ['Bye.'], () => undefined);
    await prepareClips(voice, clips, call, ['Bye.', 'Hello.'], () => undefined).done;
    expect(voice.said).toEqual(['Hello.']);
    slow.stop(); // its call is over, so the line is anybody's again
    await prepareClips(voice, clips, call, ['Bye.'], () => undefined).done;
    expect(voice.said).toEqual(['Hello.', 'Bye.']);
  });

  it('that cannot be had are counted, and the rest is made', async () => {
    const voice = new FakeVoice();
    voice.failing = true;
    expect(await prepareClips(voice, new Clips(), call, ['One.', 'Two.'], () => undefined).done).toBe(2);
    expect(voice.open_).toBe(0);
  });

  it('do not grow without end', () => {
    const clips = new Clips();
    for (let i = 0; i < 1_000; i++) clips.put('brad', `Line ${i}.`, { chunks: [], words: [] });
    expect(clips.get('brad', 'Line 999.')).toBeDefined();
    expect(clips.get('brad', 'Line 100.')).toBeUndefined();
  });
});
