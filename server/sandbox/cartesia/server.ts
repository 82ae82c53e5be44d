import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { TurnDelays } from '../deepgram/timing-turns.ts';
import type { Fault, Faults } from '../faults.ts';
import { refuseUpgrade, type StandInServer, sendJson, startServer, urlOf, webSocketServer } from '../http.ts';
import type { Journal } from '../journal.ts';
import type { SpeechEngine } from '../speech/engine.ts';
import type { UtteranceLibrary } from '../speech/library.ts';
import { SpeechContext } from './context.ts';
import { INK_PATH, inkRefusal, serveInk } from './ink.ts';
import { VOICES } from './voices.ts';

export interface CartesiaParts {
  port: number;
  apiKey: string;
  engine: SpeechEngine;
  utterances: UtteranceLibrary;
  faults: Faults;
  journal: Journal;
  profile: 'speech' | 'timing';
  firstAudioMs: number;
  /** Speech-to-text: null to recognise, otherwise turns by energy at these delays. */
  timing: TurnDelays | null;
  hearingLagMs: number;
  /** Contexts at once on one key; more are refused with 429, as on a Startup plan and above. */
  maxContexts: number;
}

const generation = z.object({
  model_id: z.string().startsWith('sonic-'),
  voice: z.object({ id: z.string() }),
  output_format: z.object({
    container: z.literal('raw'),
    encoding: z.literal('pcm_mulaw'),
    sample_rate: z.literal(8_000),
  }),
  context_id: z.string().min(1),
  transcript: z.string(),
  language: z.string().optional(),
  continue: z.boolean().optional(),
  flush: z.boolean().optional(),
  add_timestamps: z.boolean().optional(),
  max_buffer_delay_ms: z.number().min(0).max(5_000).optional(),
});
const cancellation = z.object({ cancel: z.literal(true), context_id: z.string().min(1) });

/** Without `max_buffer_delay_ms: 0` the real service holds text back for up to 3 s, waiting for more. */
const DEFAULT_BUFFER_DELAY_MS = 3_000;

/** Cartesia's text-to-speech socket. */
export async function startCartesia(parts: CartesiaParts): Promise<StandInServer> {
  const sockets = webSocketServer();
  const contexts = new Set<string>();
  const server = await startServer(
    parts.port,
    (_request, response) =>
      sendJson(response, 404, {
        title: 'Not found',
        message: `Only /tts/websocket and ${INK_PATH} are played here.`,
        error_code: 'not_found',
      }),
    (request, socket, head) => {
      const isInk = urlOf(request).pathname === INK_PATH;
      const fault = parts.faults.take(isInk ? 'cartesia-ink' : 'cartesia');
      parts.journal.note('cartesia', 'upgrade', {
        target: request.url,
        extensions: request.headers['sec-websocket-extensions'] ?? null,
      });
      if (fault?.kind === 'refuse') return void socket.destroy();
      const status = fault?.kind === 'status' ? fault.status : refusalOf(parts, request);
      if (status !== null)
        return refuseUpgrade(
          socket,
          status,
          JSON.stringify({ title: 'Refused', message: `refused with ${status}` }),
        );
      sockets.handleUpgrade(request, socket, head, (client) => {
        if (isInk) serveInk({ ...parts, lagMs: parts.hearingLagMs }, client, request, fault);
        else new Connection(parts, client, contexts, fault);
      });
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

function refusalOf(parts: CartesiaParts, request: IncomingMessage): number | null {
  const { pathname } = urlOf(request);
  if (pathname !== '/tts/websocket' && pathname !== INK_PATH) return 404;
  if (request.headers.authorization !== `Bearer ${parts.apiKey}`) return 401;
  if (request.headers['cartesia-version'] === undefined) return 400;
  return pathname === INK_PATH ? inkRefusal(request) : null;
}

class Connection {
  readonly #parts: CartesiaParts;
  readonly #client: WebSocket;
  /** Contexts of all connections, for the concurrency limit. */
  readonly #all: Set<string>;
  readonly #fault: Fault | null;
  readonly #contexts = new Map<string, SpeechContext>();
  #flushes = 0;

  constructor(parts: CartesiaParts, client: WebSocket, all: Set<string>, fault: Fault | null) {
    this.#parts = parts;
    this.#client = client;
    this.#all = all;
    this.#fault = fault;
    client.on('message', (data) => this.#onMessage(data.toString()));
    client.on('close', () => {
      for (const id of [...this.#contexts.keys()]) this.#end(id);
      parts.journal.note('cartesia', 'closed');
    });
    if (fault?.kind === 'drop') setTimeout(() => client.terminate(), fault.afterMs);
    if (fault?.kind === 'garbage') setTimeout(() => client.send('not json'), fault.afterMs);
  }

  #onMessage(text: string): void {
    const message = parseJson(text);
    const cancel = cancellation.safeParse(message);
    if (cancel.success) {
      this.#parts.journal.note('cartesia', 'cancel', { contextId: cancel.data.context_id });
      this.#contexts.get(cancel.data.context_id)?.cancel();
      this.#end(cancel.data.context_id);
      return;
    }
    const request = generation.safeParse(message);
    if (!request.success) {
      this.#error(null, 400, 'invalid_request', z.prettifyError(request.error));
      return;
    }
    this.#generate(request.data);
  }

  #generate(request: z.infer<typeof generation>): void {
    const id = request.context_id;
    const voice = VOICES[request.voice.id];
    this.#parts.journal.note('cartesia', 'generate', {
      contextId: id,
      transcript: request.transcript,
      model: request.model_id,
      continue: request.continue ?? false,
    });
    if (voice === undefined)
      return this.#error(id, 404, 'voice_not_found', `voice ${request.voice.id} does not exist`);
    if (request.flush === true && request.transcript !== '')
      return this.#error(id, 400, 'invalid_request', 'a flush must be a message of its own');
    let context = this.#contexts.get(id);
    if (context === undefined) {
      if (this.#all.size >= this.#parts.maxContexts)
        return this.#error(id, 429, 'concurrency_limited', 'Too many concurrent requests');
      context = this.#open(
        id,
        voice,
        request.add_timestamps === true,
        request.max_buffer_delay_ms ?? DEFAULT_BUFFER_DELAY_MS,
      );
    }
    if (this.#fault?.kind === 'stall') return;
    context.speak(request.transcript);
    if (request.flush === true) context.flush(++this.#flushes);
    if (request.continue !== true || this.#fault?.kind === 'expire') context.finish();
  }

  #open(
    id: string,
    voice: (typeof VOICES)[string],
    timestamps: boolean,
    bufferDelayMs: number,
  ): SpeechContext {
    const delayMs =
      this.#parts.firstAudioMs + bufferDelayMs + (this.#fault?.kind === 'slow' ? this.#fault.delayMs : 0);
    const context = new SpeechContext(
      { ...this.#parts, voice, firstAudioMs: delayMs },
      {
        chunk: (data) =>
          this.#send(id, {
            type: 'chunk',
            data: data.toString('base64'),
            done: false,
            status_code: 206,
            step_time: 1,
          }),
        timestamps: (words, start, end) => {
          if (timestamps)
            this.#send(id, {
              type: 'timestamps',
              done: false,
              status_code: 206,
              word_timestamps: { words, start, end },
            });
        },
        flushed: (flushId) =>
          this.#send(id, {
            type: 'flush_done',
            flush_id: flushId,
            flush_done: true,
            done: false,
            status_code: 206,
          }),
        done: () => {
          this.#send(id, { type: 'done', done: true, status_code: 200 });
          this.#end(id);
        },
        failed: (status, code, message) => {
          this.#error(id, status, code, message);
          this.#end(id);
        },
      },
    );
    this.#contexts.set(id, context);
    this.#all.add(id);
    return context;
  }

  #end(id: string): void {
    this.#contexts.get(id)?.cancel();
    this.#contexts.delete(id);
    this.#all.delete(id);
  }

  #error(id: string | null, status: number, code: string, message: string): void {
    this.#parts.journal.note('cartesia', 'error', { contextId: id, status, code });
    this.#send(id, {
      type: 'error',
      done: true,
      status_code: status,
      error_code: code,
      title: code,
      message,
      request_id: randomUUID(),
      doc_url: '',
    });
  }

  #send(contextId: string | null, message: object): void {
    if (this.#client.readyState === this.#client.OPEN)
      this.#client.send(
        JSON.stringify({ ...message, ...(contextId === null ? {} : { context_id: contextId }) }),
      );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // answered with a 400 error event
  }
}
