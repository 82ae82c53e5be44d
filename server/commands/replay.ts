import { readFile } from 'node:fs/promises';
import type { Entry } from '../call/conversation/types.ts';
import { parseEventLog, replay } from '../call/replay.ts';
import { RingbackError } from '../errors.ts';

/** Replays an event log and prints the transcript it gives. Fails when the effects differ from the recorded ones. */
export async function replayCommand([file]: string[]): Promise<void> {
  if (file === undefined)
    throw new RingbackError('usage', 'Which event log?', {
      remedy: 'npx ringback replay demo-output/event-log.jsonl',
    });
  const result = replay(parseEventLog(await readFile(file, 'utf8')));
  for (const { atMs, entry } of result.entries)
    process.stdout.write(`${formatTime(atMs)}  ${formatEntry(entry)}\n`);
  process.stdout.write(
    `\nended: ${result.endReason ?? 'not in this log'}; ${result.effects.length} effects, ${result.identical ? 'the same as recorded' : 'NOT the same as recorded'}\n`,
  );
  if (!result.identical)
    throw new RingbackError('replay_differs', 'The replay gave other effects than the call.', {
      remedy: 'The log was changed, or CORE_VERSION should have been raised.',
    });
}

/** '00:07.3' */
export function formatTime(ms: number): string {
  const tenths = Math.floor(ms / 100);
  return `${String(Math.floor(tenths / 600)).padStart(2, '0')}:${String(Math.floor(tenths / 10) % 60).padStart(2, '0')}.${tenths % 10}`;
}

/** A line of the transcript. */
export function formatEntry(entry: Entry): string {
  switch (entry.kind) {
    case 'caller':
      return `caller   ${entry.text}${entry.aside ? '  (aside)' : ''}`;
    case 'persona':
      return `persona  ${entry.text}${entry.interrupted ? ' —  (interrupted)' : ''}`;
    case 'tool-call':
      return `tool     ${entry.tool.name}`;
    case 'tool-result':
      return `result   ${entry.result}`;
    default:
      return entry satisfies never;
  }
}
