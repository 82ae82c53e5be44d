import { describe, expect, it } from 'vitest';
import { Conversation } from './conversation/conversation.testing.ts';
import type { Fact } from './conversation/types.ts';
import { TurnTimingsFold } from './turn-timings.ts';

/** A conversation with the fold beside it, as in a live call. */
class Timed extends Conversation {
  readonly fold = new TurnTimingsFold();

  override take(fact: Fact, stamps: Parameters<Conversation['take']>[1] = {}) {
    const effects = super.take(fact, stamps);
    this.fold.add({ ...fact, at: this.at, ear: null, got: null }, effects);
    return effects;
  }
}

describe('the timings of a turn', () => {
  it('count from the last voiced frame, with a reply that was drafted ahead', () => {
    const talk = new Timed().opened() as Timed;
    const t = talk.at;
    talk.after(1_120).take({ type: 'stt.eagerEnd', turn: 1, text: 'I start at three.' });
    const req = talk.of('llm.start').at(-1)?.req ?? 0;
    talk.after(140).take({ type: 'stt.end', turn: 1, text: 'I start at three.', voicedAt: t + 1_000 });
    talk.after(40).take({ type: 'llm.text', req, text: 'Good, at three then. And' });
    const utt = talk.lastSaid();
    talk.after(90).take({ type: 'play.started', utt });
    expect(talk.fold.of(utt)).toEqual({
      lastVoicedAt: t + 1_000,
      endOfTurnAt: t + 1_260,
      committedAt: t + 1_260,
      askedAt: t + 1_120,
      firstTokenAt: t + 1_300,
      firstTextAt: t + 1_300,
      firstAudioAt: t + 1_390,
      wastedDrafts: 0,
    });
  });

  it('count drafts that were thrown away, and the wait for a hesitant speaker', () => {
    const talk = new Timed().opened() as Timed;
    const t = talk.at;
    talk.take({ type: 'stt.eagerEnd', turn: 1, text: 'I want to' });
    talk.take({ type: 'stt.end', turn: 1, text: 'I want to', voicedAt: t });
    talk.after(300).take({ type: 'stt.partial', turn: 2, text: 'go home' });
    talk.take({ type: 'stt.end', turn: 2, text: 'go home and', voicedAt: t + 300 });
    talk.after(2_000).take({ type: 'wake' });
    const req = talk.of('llm.start').at(-1)?.req ?? 0;
    talk.after(100).take({ type: 'llm.text', req, text: 'Then go. Now' });
    const timings = talk.fold.of(talk.lastSaid());
    expect(timings).toMatchObject({ wastedDrafts: 1, endOfTurnAt: t + 300, committedAt: t + 2_300 });
    expect(timings?.askedAt).toBe(t + 2_300);
  });

  it('include a tool that had to be asked in between', () => {
    const talk = new Timed().opened() as Timed;
    const t = talk.at;
    const req = talk.asked(1, 'How much?');
    talk.after(200).take({ type: 'llm.tool', req, tool: { name: 'get_call_cost', args: {} } });
    talk.take({ type: 'llm.done', req });
    const call = talk.of('tool.run')[0]?.call ?? 0;
    talk.after(50).take({ type: 'tool.done', call, result: '{}' });
    const second = talk.of('llm.start').at(-1)?.req ?? 0;
    talk.after(200).take({ type: 'llm.text', req: second, text: 'It was little. And' });
    expect(talk.fold.of(talk.lastSaid())).toMatchObject({ endOfTurnAt: t, firstTokenAt: t + 450 });
  });

  it('are nobody’s for what answers nobody', () => {
    const talk = new Timed().opened() as Timed;
    expect(talk.fold.of(talk.lastSaid())).toBeNull();
  });
});
