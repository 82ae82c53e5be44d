import { RingbackError } from '../errors.ts';
import { initialState, step } from './conversation/step.ts';
import { CORE_VERSION, type Effect, type EndReason, type Entry, type Event } from './conversation/types.ts';
import { EffectsDigest, type LogChunk } from './event-log.ts';

export interface ReplayResult {
  entries: Array<{ atMs: number; entry: Entry }>;
  effects: Effect[];
  endReason: EndReason | null;
  /** True when every digest in the log was met. */
  identical: boolean;
}

/** Folds a recorded call through the pure core again. Needs no clock, no network and no vendor. */
export function replay(chunks: readonly LogChunk[]): ReplayResult {
  const replaying = replayByChunks(chunks);
  for (;;) {
    const { done, value } = replaying.next();
    if (done === true) return value;
  }
}

/** The same chunk by chunk, for a process that has live calls to look after in between. */
export function* replayByChunks(chunks: readonly LogChunk[]): Generator<void, ReplayResult> {
  const config = chunks[0]?.config;
  if (config == null && chunks.length > 0 && chunks.every(({ events }) => events.length === 0))
    throw new RingbackError('event_log_redacted', '[redacted]', {
      remedy: 'The user forgot something that was said in this call; its transcript shows what is left.',
    });
  if (config == null) throw logError('it does not begin with the call’s config');
  const result: ReplayResult = { entries: [], effects: [], endReason: null, identical: true };
  const digest = new EffectsDigest();
  let state = initialState(config);
  for (const [i, chunk] of chunks.entries()) {
    if (chunk.coreVersion !== CORE_VERSION) {
      throw logError(
        `it was recorded by version ${chunk.coreVersion} of the conversation core; this is version ${CORE_VERSION}`,
      );
    }
    if (chunk.flush !== i) throw logError(`flush ${i} is missing`);
    for (const event of chunk.events) {
      const stepped = step(state, event);
      state = stepped.state;
      digest.add(stepped.effects);
      for (const effect of stepped.effects) note(result, event.at, effect);
    }
    if (digest.value() !== chunk.effectsDigest) result.identical = false;
    yield;
  }
  return result;
}

function note(result: ReplayResult, atMs: number, effect: Effect): void {
  result.effects.push(effect);
  if (effect.type === 'record') result.entries.push({ atMs, entry: effect.entry });
  if (effect.type === 'end') result.endReason = effect.reason;
}

/** One JSON object a line: a chunk without its events, then its events. */
export function formatEventLog(callId: string, chunks: readonly LogChunk[]): string {
  const lines: unknown[] = [{ format: 'ringback-event-log', formatVersion: 1, callId }];
  for (const { events, ...head } of chunks) lines.push({ chunk: head }, ...events);
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

export function parseEventLog(text: string): LogChunk[] {
  const [head, ...lines] = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseLine);
  if ((head as { format?: unknown } | undefined)?.format !== 'ringback-event-log')
    throw logError('its first line is not that of a Ringback event log');
  const chunks: LogChunk[] = [];
  for (const line of lines) {
    const open = chunks.at(-1);
    if ('chunk' in line) chunks.push({ ...(line.chunk as Omit<LogChunk, 'events'>), events: [] });
    else if (open !== undefined) open.events.push(line as unknown as Event);
    else throw logError('an event stands before the first chunk');
  }
  return chunks;
}

function parseLine(line: string, index: number): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    throw logError(`line ${index + 1} is not JSON`, error);
  }
}

function logError(problem: string, cause?: unknown): RingbackError {
  return new RingbackError('event_log', `This event log cannot be replayed: ${problem}.`, {
    remedy:
      'Use a log written by GET /api/calls/:id/event-log or by the demo, with the version of Ringback that recorded it.',
    ...(cause === undefined ? {} : { cause }),
  });
}
