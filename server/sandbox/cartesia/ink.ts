import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { FluxTurns, recognisingEars, type TurnInfo } from '../deepgram/flux-turns.ts';
import { TimingTurns, type TurnDelays } from '../deepgram/timing-turns.ts';
import type { Fault } from '../faults.ts';
import { urlOf } from '../http.ts';
import type { Journal } from '../journal.ts';
import type { UtteranceLibrary } from '../speech/library.ts';
import { Recogniser } from '../speech/recogniser.ts';
import { Timers } from '../timers.ts';

/** Cartesia Ink with turn detection. The turns are those of the other stand-in; the messages are Ink's own. */

export const INK_PATH = '/stt/turns/websocket';

export interface InkParts {
  utterances: UtteranceLibrary;
  journal: Journal;
  timing: TurnDelays | null;
  lagMs: number;
}

const EAGER_THRESHOLD = 0.4;
const DEFAULT_TIMEOUT_MS = 5_600;

/** The HTTP status with which an upgrade is refused; null when it is fine. */
export function inkRefusal(request: IncomingMessage): number | null {
  const query = urlOf(request).searchParams;
  const valid =
    query.get('model') === 'ink-2' &&
    query.get('encoding') === 'pcm_mulaw' &&
    query.get('sample_rate') === '8000';
  return valid ? null : 400;
}

export function serveInk(
  parts: InkParts,
  client: WebSocket,
  request: IncomingMessage,
  fault: Fault | null,
): void {
  const requestId = randomUUID();
  const timeoutMs = Number(urlOf(request).searchParams.get('turn_end_timeout_ms') ?? DEFAULT_TIMEOUT_MS);
  const settings = {
    endOfTurnThreshold: 0.8,
    eagerThreshold: EAGER_THRESHOLD,
    endOfTurnTimeoutMs: timeoutMs,
  };
  const turns =
    parts.timing === null
      ? new FluxTurns(recognisingEars(new Recogniser(parts.utterances)), settings)
      : new TimingTurns(parts.timing, true);
  const timers = new Timers();
  const send = (message: object) => {
    if (client.readyState === client.OPEN) client.send(JSON.stringify({ ...message, request_id: requestId }));
  };
  let audioBytes = 0;
  let told = '';
  const tell = (info: TurnInfo) => {
    for (const message of toInk(info, told)) send(message);
    told = info.event === 'EndOfTurn' ? '' : info.transcript;
  };
  send({ type: 'connected' });
  if (fault?.kind === 'drop') timers.after(fault.afterMs, () => client.terminate());
  client.on('message', (data, isBinary) => {
    if (!isBinary) return onControl(client, data.toString(), send);
    audioBytes += (data as Buffer).length;
    for (const info of turns.push(data as Buffer)) timers.after(parts.lagMs, () => tell(info));
  });
  client.on('close', () => {
    timers.clear();
    parts.journal.note('cartesia', 'ink-closed', { requestId, audioBytes });
  });
}

function toInk(info: TurnInfo, told: string): object[] {
  const { transcript } = info;
  switch (info.event) {
    case 'StartOfTurn':
      return [{ type: 'turn.start' }, { type: 'turn.update', transcript }];
    case 'Update':
      return transcript === told || transcript === '' ? [] : [{ type: 'turn.update', transcript }];
    case 'EagerEndOfTurn':
      return [{ type: 'turn.eager_end', transcript }];
    case 'TurnResumed':
      return [{ type: 'turn.resume' }];
    case 'EndOfTurn':
      return [{ type: 'turn.end', transcript }];
    default:
      return info.event satisfies never;
  }
}

function onControl(client: WebSocket, text: string, send: (message: object) => void): void {
  let type: unknown;
  try {
    type = (JSON.parse(text) as { type?: unknown }).type;
  } catch {
    type = undefined; // refused below, as the vendor does
  }
  if (type === 'close') client.close(1000);
  else if (type !== 'config')
    send({
      type: 'error',
      title: 'Invalid message',
      message: 'the message cannot be used',
      status_code: 400,
    });
}
