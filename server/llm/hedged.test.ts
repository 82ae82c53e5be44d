import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/virtual-clock.ts';
import type { LanguageModel, ModelHandlers, ModelRequest } from '../call/ports.ts';
import { createLogger } from '../log.ts';
import { hedgedLanguageModel } from './hedged.ts';

const request: ModelRequest = { callId: 'call', system: '', messages: [], tools: [], speculative: false };

/** A model that does nothing by itself. */
class Puppet implements LanguageModel {
  readonly replies: Array<{ handlers: ModelHandlers; cancelled: boolean }> = [];

  reply(_request: ModelRequest, handlers: ModelHandlers): () => void {
    const reply = { handlers, cancelled: false };
    this.replies.push(reply);
    return () => {
      reply.cancelled = true;
    };
  }

  get last() {
    const reply = this.replies.at(-1);
    if (reply === undefined) throw new Error('it was not asked');
    return reply;
  }
}

function setUp() {
  const clock = new VirtualClock();
  const [first, second] = [new Puppet(), new Puppet()];
  const model = hedgedLanguageModel({ first, second, clock, log: createLogger('silent') });
  const ask = (over: Partial<ModelRequest> = {}) => {
    const heard = { text: '', done: 0, failed: [] as string[] };
    const cancel = model.reply(
      { ...request, ...over },
      {
        onText: (text) => {
          heard.text += text;
        },
        onTool: () => undefined,
        onDone: () => {
          heard.done += 1;
        },
        onFailed: (problem) => heard.failed.push(problem),
      },
      () => undefined,
    );
    return { heard, cancel };
  };
  /** An answer of the first model after so long. */
  const answer = (ms: number) => {
    const { heard } = ask();
    clock.advance(ms);
    first.last.handlers.onUseful?.();
    first.last.handlers.onText('Yes.');
    first.last.handlers.onDone();
    return heard;
  };
  return { clock, first, second, ask, answer };
}

describe('two models as one', () => {
  it('leaves the second alone while the first is quick', () => {
    const { answer, second, clock } = setUp();
    for (let i = 0; i < 20; i++) expect(answer(300).text).toBe('Yes.');
    expect(second.replies).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  it('asks the second after 700 ms, hears the one that is first, and cancels the other', () => {
    const { clock, first, second, ask } = setUp();
    const { heard } = ask();
    clock.advance(699);
    expect(second.replies).toHaveLength(0);
    clock.advance(1);
    second.last.handlers.onText('Second.');
    first.last.handlers.onText('First.');
    second.last.handlers.onDone();
    expect(heard).toEqual({ text: 'Second.', done: 1, failed: [] });
    expect(first.last.cancelled).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('waits longer for a model that is usually slow: 1.5 times its 90th percentile', () => {
    const { clock, second, ask, answer } = setUp();
    for (let i = 0; i < 10; i++) answer(600);
    ask();
    clock.advance(899);
    expect(second.replies).toHaveLength(0);
    clock.advance(1);
    expect(second.replies).toHaveLength(1);
  });

  it('hedges no more than a fifth of the turns', () => {
    const { clock, first, second, ask } = setUp();
    for (let i = 0; i < 50; i++) {
      ask();
      const before = second.replies.length;
      clock.advance(701);
      const answering = second.replies.length > before ? second.last : first.last; // a hedge always wins here
      answering.handlers.onText('Late.');
      answering.handlers.onDone();
    }
    expect(second.replies.length).toBeLessThanOrEqual(3 + 50 * 0.2);
    expect(second.replies.length).toBeGreaterThanOrEqual(3);
  });

  it('never hedges a draft, and still replaces a model that fails on it', () => {
    const { clock, first, second, ask } = setUp();
    ask({ speculative: true });
    clock.advance(1_000);
    expect(second.replies).toHaveLength(0);
    first.last.handlers.onFailed('503');
    expect(second.replies).toHaveLength(1);
  });

  it('gives the first up after 1.5 s, and at the latest after 2.5 s', () => {
    const { clock, first, second, ask, answer } = setUp();
    for (let i = 0; i < 10; i++) answer(2_000);
    const { heard } = ask();
    clock.advance(2_499);
    expect(first.last.cancelled).toBe(false);
    clock.advance(1);
    expect(first.last.cancelled).toBe(true);
    second.last.handlers.onText('Here.');
    second.last.handlers.onDone();
    expect(heard.text).toBe('Here.');
  });

  it('starts no answer anew once it has been begun', () => {
    const { first, second, ask } = setUp();
    const { heard } = ask();
    first.last.handlers.onText('I was saying');
    first.last.handlers.onFailed('cut');
    expect(second.replies).toHaveLength(0);
    expect(heard.failed).toEqual(['cut']);
  });

  it('asks the second when the first had promised something and told nothing', () => {
    const { first, second, ask } = setUp();
    const { heard } = ask();
    first.last.handlers.onUseful?.();
    first.last.handlers.onFailed('the arguments are no JSON');
    second.last.handlers.onText('Instead.');
    expect(heard.text).toBe('Instead.');
  });

  it('asks the second when the first has nothing to say', () => {
    const { first, second, ask } = setUp();
    const { heard } = ask();
    first.last.handlers.onDone();
    second.last.handlers.onText('Instead.');
    second.last.handlers.onDone();
    expect(heard).toEqual({ text: 'Instead.', done: 1, failed: [] });
  });

  it('tells of both failures when both fail', () => {
    const { first, second, ask, clock } = setUp();
    const { heard } = ask();
    first.last.handlers.onFailed('503');
    second.last.handlers.onFailed('429');
    expect(heard.failed).toEqual(['503; 429']);
    expect(clock.pending).toBe(0);
  });

  it('does not ask a first model that failed three times, tries it beside the second after 10 s, and takes it back', () => {
    const { clock, first, second, ask, answer } = setUp();
    for (let i = 0; i < 3; i++) {
      ask();
      first.last.handlers.onFailed('503');
      second.last.handlers.onDone();
    }
    ask();
    expect(first.replies).toHaveLength(3); // the breaker is open
    clock.advance(10_000);
    ask();
    expect([first.replies.length, second.replies.length]).toEqual([4, 5]); // the probe, and its safety net
    first.last.handlers.onText('Back.');
    answer(100);
    expect(second.replies).toHaveLength(5);
  });

  it('probes again, ever later, while the first stays down', () => {
    const { clock, first, ask } = setUp();
    for (let i = 0; i < 3; i++) {
      ask();
      first.last.handlers.onFailed('503');
    }
    const probes: number[] = [];
    for (let seconds = 1; seconds <= 160; seconds++) {
      clock.advance(1_000);
      const before = first.replies.length;
      const { cancel } = ask();
      if (first.replies.length > before) {
        probes.push(seconds);
        first.last.handlers.onFailed('still down');
      }
      cancel();
    }
    expect(probes).toEqual([10, 30, 70, 150]);
  });

  it('cancels whatever is running', () => {
    const { clock, first, second, ask } = setUp();
    const { heard, cancel } = ask();
    clock.advance(800);
    cancel();
    first.last.handlers.onText('too late');
    expect([first.last.cancelled, second.last.cancelled, heard.text]).toEqual([true, true, '']);
    expect(clock.pending).toBe(0);
  });
});
