import type { FeedEvent } from '../call/feed.ts';
import type { TurnTimings } from '../call/turn-timings.ts';
import { sleep, systemClock } from '../clock.ts';
import type { DemoApi } from './payer.ts';
import { getJson } from './requests.ts';

const CALL_DEADLINE_MS = 180_000;
const DIALLED_WITHIN_MS = 15_000;
const DIAL_POLL_MS = 50;

/** The money is held: somebody dials in a moment. */
export async function dialled({ baseUrl, headers }: DemoApi, callId: string): Promise<void> {
  const deadline = systemClock.nowMs() + DIALLED_WITHIN_MS;
  const state = async () =>
    ((await getJson(`${baseUrl}/api/calls/${callId}`, headers)) as { state: string }).state;
  while ((await state()) === 'planned') {
    if (systemClock.nowMs() > deadline) throw new Error('nobody dialled, although the money is held');
    await sleep(systemClock, DIAL_POLL_MS);
  }
}

/** Follows a call to its end and tells what `print` makes of it; nothing where that is empty. @returns the waits of its turns. */
export async function watchCall(
  { baseUrl, headers }: DemoApi,
  callId: string,
  print: (event: FeedEvent) => string,
  tell: (line: string) => void,
): Promise<TurnTimings[]> {
  const timings: TurnTimings[] = [];
  for await (const event of followCall(`${baseUrl}/api/calls/${callId}/events`, headers)) {
    if (event.type === 'turn' && event.turn.timings !== null) timings.push(event.turn.timings);
    const text = print(event);
    if (text !== '') tell(text);
  }
  return timings;
}

/** The call's events, until the server has told the last one. */
async function* followCall(url: string, headers: Record<string, string>): AsyncGenerator<FeedEvent> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(CALL_DEADLINE_MS) });
  let pending = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    pending += part;
    const blocks = pending.split('\n\n');
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield JSON.parse(data) as FeedEvent;
    }
  }
}
