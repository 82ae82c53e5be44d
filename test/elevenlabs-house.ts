import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { calls, webhookInbox } from '../db/schema/index.ts';
import { startTestApp, type TestApp } from './app.ts';
import { until } from './sandbox.ts';

export const HMAC_KEY = 'wsec_test';
/** What the doors for running conversations ask for. */
export const SECRET = 'workspace-secret';
const SYSTEM = { kind: 'system', purpose: 'test' } as const;

interface Answer {
  status: number;
  json: Record<string, unknown>;
}

/** A server with the three doors open, and what ElevenLabs sends through them and answers behind them. */
export class ElevenLabsHouse {
  readonly test: TestApp;
  readonly #profiles: http.Server;
  profileRequests = 0;
  profileFails = false;

  private constructor(test: TestApp, profiles: http.Server) {
    this.test = test;
    this.#profiles = profiles;
  }

  static async open(): Promise<ElevenLabsHouse> {
    let house: ElevenLabsHouse | null = null;
    const profiles = http.createServer((request, response) => house?.answer(request, response));
    await new Promise<void>((resolve) => profiles.listen(0, '127.0.0.1', resolve));
    const test = await startTestApp({
      ELEVENLABS_API_KEY: 'el-key',
      ELEVENLABS_POST_CALL_HMAC_KEY: HMAC_KEY,
      ELEVENLABS_CLIENT_DATA_WORKSPACE_SECRET: SECRET,
      ELEVENLABS_API_BASE_URL: `http://127.0.0.1:${(profiles.address() as AddressInfo).port}`,
    });
    house = new ElevenLabsHouse(test, profiles);
    return house;
  }

  async close(): Promise<void> {
    await this.test.close();
    this.#profiles.closeAllConnections();
    await new Promise<void>((resolve) => this.#profiles.close(() => resolve()));
  }

  /** Their API: the profile of an agent. */
  answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.profileRequests += 1;
    if (this.profileFails || request.headers['xi-api-key'] !== 'el-key')
      return void response.writeHead(500).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        agent_id: request.url?.split('/').at(-1),
        conversation_config: {
          agent: {
            first_message: 'Hello from the bakery.',
            language: 'en',
            prompt: { prompt: 'You sell bread.' },
          },
          tts: { voice_id: 'voice-1' },
        },
      }),
    );
  }

  readonly post = async (path: string, body: string, headers: Record<string, string>): Promise<Answer> => {
    const response = await fetch(this.test.app.publicBaseUrl + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };

  readonly postCall = (payload: unknown, options = {}) => {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return this.post('/webhooks/post-call', body, signed(body, options));
  };

  readonly ask = (path: string, body: unknown, secret: string | null = SECRET) =>
    this.post(path, JSON.stringify(body), secret === null ? {} : { 'x-api-key': secret });

  readonly inboxOf = async (id: unknown) =>
    (await this.test.database.db.as(SYSTEM, (tx) => tx.select().from(webhookInbox))).find(
      (row) => row.id === id,
    );

  readonly payloadOf = async (id: unknown) => (await this.test.api(`/api/webhook-inbox/${id}`)).json;

  readonly personaOf = async (callId: string) =>
    (await this.test.database.db.as(SYSTEM, (tx) => tx.select().from(calls))).find(({ id }) => id === callId)
      ?.persona;

  readonly isTaken = (id: unknown) =>
    until('the conversation was taken in', async () => (await this.inboxOf(id))?.state === 'done', 30_000);

  readonly search = async (query: string, more: Record<string, unknown> = {}) =>
    (await this.ask('/webhooks/search-data', { query, user_id: '+15557901', ...more })).json as {
      memories_found: number;
      context: string;
      memories: Array<{ content: string }>;
    };
}

/** Their signature over a body. */
export function signed(body: string, { key = HMAC_KEY, ageSeconds = 0 } = {}): Record<string, string> {
  const time = Math.floor(Date.now() / 1_000) - ageSeconds;
  const mac = createHmac('sha256', key).update(`${time}.${body}`).digest('hex');
  return { 'elevenlabs-signature': `t=${time},v0=${mac}` };
}

/** A post-call payload as their documentation has it. */
export function conversation(conversationId: string, said: string[], more: Record<string, unknown> = {}) {
  return {
    type: 'post_call_transcription',
    event_timestamp: 1_795_000_000,
    data: {
      agent_id: 'agent_bakery',
      conversation_id: conversationId,
      status: 'done',
      transcript: said.map((message, i) => ({
        role: i % 2 === 0 ? 'agent' : 'user',
        message,
        time_in_call_secs: i * 4,
        tool_calls: null,
      })),
      metadata: { start_time_unix_secs: 1_795_000_000, call_duration_secs: 30, cost: 12 },
      analysis: { call_successful: 'success', transcript_summary: 'A chat.' },
      conversation_initiation_client_data: { dynamic_variables: { system__caller_id: '+15557901' } },
      ...more,
    },
  };
}
