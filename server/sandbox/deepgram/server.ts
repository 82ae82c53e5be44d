import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Fault, Faults } from '../faults.ts';
import { refuseUpgrade, type StandInServer, sendJson, startServer, urlOf, webSocketServer } from '../http.ts';
import type { Journal } from '../journal.ts';
import type { UtteranceLibrary } from '../speech/library.ts';
import { Recogniser } from '../speech/recogniser.ts';
import { Timers } from '../timers.ts';
import { type Ears, type FluxSettings, FluxTurns, recognisingEars } from './flux-turns.ts';
import { PretendingEars } from './pretending-ears.ts';
import { TimingTurns, type TurnDelays } from './timing-turns.ts';

export interface DeepgramParts {
  port: number;
  apiKey: string;
  utterances: UtteranceLibrary;
  faults: Faults;
  journal: Journal;
  /** Null to recognise what is said; otherwise turns by energy alone, at these delays. */
  timing: TurnDelays | null;
  /** Whether speech that nobody registered is heard as such. */
  pretendsToHear: boolean;
  /** By how much events lag the audio they are about; recorded sessions show about 350 ms. */
  lagMs: number;
}

const MODELS = new Set(['flux-general-en', 'flux-general-multi']);
const ENCODINGS = new Set(['mulaw']);

/** Deepgram's streaming speech-to-text, Flux (v2). */
export async function startDeepgram(parts: DeepgramParts): Promise<StandInServer> {
  const sockets = webSocketServer();
  const server = await startServer(
    parts.port,
    (_request, response) =>
      sendJson(response, 404, { err_code: 'NOT_FOUND', err_msg: 'Only /v2/listen is played here.' }),
    (request, socket, head) => {
      const fault = parts.faults.take('deepgram');
      if (!accepted(parts, request, socket, fault)) return;
      sockets.handleUpgrade(request, socket, head, (client) =>
        serve(parts, client, settingsOf(urlOf(request)), fault),
      );
    },
  );
  return {
    ...server,
    openSockets: () => sockets.clients.size,
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      await server.close();
    },
  };
}

function accepted(
  parts: DeepgramParts,
  request: IncomingMessage,
  socket: Socket,
  fault: Fault | null,
): boolean {
  const url = urlOf(request);
  parts.journal.note('deepgram', 'upgrade', {
    target: request.url,
    extensions: request.headers['sec-websocket-extensions'] ?? null,
  });
  if (fault?.kind === 'refuse') {
    socket.destroy();
    return false;
  }
  const status = fault?.kind === 'status' ? fault.status : refusalOf(parts, request, url);
  if (status === null) return true;
  refuseUpgrade(
    socket,
    status,
    JSON.stringify({
      err_code: status === 401 ? 'INVALID_AUTH' : 'Bad Request',
      err_msg: `refused with ${status}`,
      request_id: randomUUID(),
    }),
  );
  return false;
}

function refusalOf(parts: DeepgramParts, request: IncomingMessage, url: URL): number | null {
  if (url.pathname !== '/v2/listen') return 404;
  if (request.headers.authorization !== `Token ${parts.apiKey}`) return 401;
  const query = url.searchParams;
  const inRange = (name: string, low: number, high: number) =>
    query.get(name) === null || (Number(query.get(name)) >= low && Number(query.get(name)) <= high);
  const valid =
    MODELS.has(query.get('model') ?? '') &&
    ENCODINGS.has(query.get('encoding') ?? '') &&
    query.get('sample_rate') === '8000' &&
    inRange('eot_threshold', 0.5, 1) &&
    inRange('eager_eot_threshold', 0.3, 0.9) &&
    inRange('eot_timeout_ms', 500, 60_000) &&
    query.get('interim_results') === null;
  return valid ? null : 400;
}

function earsOf({ utterances, pretendsToHear }: DeepgramParts): Ears {
  const ears = recognisingEars(new Recogniser(utterances));
  return pretendsToHear ? new PretendingEars(ears) : ears;
}

function settingsOf(url: URL): FluxSettings {
  const query = url.searchParams;
  const eager = query.get('eager_eot_threshold');
  return {
    endOfTurnThreshold: Number(query.get('eot_threshold') ?? 0.7),
    eagerThreshold: eager === null ? null : Number(eager),
    endOfTurnTimeoutMs: Number(query.get('eot_timeout_ms') ?? 5_000),
  };
}

function serve(parts: DeepgramParts, client: WebSocket, settings: FluxSettings, fault: Fault | null): void {
  const requestId = randomUUID();
  let sequence = 0;
  let audioBytes = 0;
  const timers = new Timers();
  const send = (message: object) => {
    if (client.readyState === client.OPEN)
      client.send(JSON.stringify({ ...message, request_id: requestId, sequence_id: sequence++ }));
  };
  const turns =
    parts.timing === null
      ? new FluxTurns(earsOf(parts), settings)
      : new TimingTurns(parts.timing, settings.eagerThreshold !== null);
  const lagMs = parts.lagMs + (fault?.kind === 'slow' ? fault.delayMs : 0);

  send({ type: 'Connected' });
  if (fault?.kind === 'drop') timers.after(fault.afterMs, () => client.terminate());
  if (fault?.kind === 'garbage') timers.after(fault.afterMs, () => client.send('{"type":'));
  client.on('message', (data, isBinary) => {
    if (!isBinary)
      return onControl(parts, client, data.toString(), () =>
        send({ type: 'Error', code: 'UNPARSABLE_CLIENT_MESSAGE', description: 'the message cannot be used' }),
      );
    const audio = data as Buffer;
    audioBytes += audio.length;
    for (const info of turns.push(audio)) {
      if (fault?.kind === 'stall') continue;
      const tell = () => send({ type: 'TurnInfo', ...info });
      if (lagMs === 0) tell();
      else timers.after(lagMs, tell);
    }
  });
  client.on('close', () => {
    timers.clear();
    parts.journal.note('deepgram', 'closed', { requestId, audioBytes });
  });
}

function onControl(parts: DeepgramParts, client: WebSocket, text: string, refuse: () => void): void {
  let type: unknown;
  try {
    type = (JSON.parse(text) as { type?: unknown }).type;
  } catch {
    type = undefined; // refused below, as the vendor does
  }
  parts.journal.note('deepgram', 'control', { type });
  if (type === 'CloseStream') {
    client.close(); // without a code, which the other side sees as 1005
  } else if (type !== 'Configure') {
    refuse();
    client.close(1008);
  }
}
