import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { factInWords, timeOf } from '../memory/documents.ts';
import type { MemorySearch } from '../memory/search/memory-search.ts';
import type { PersonaRelationshipManager } from '../persona/relationships.ts';
import type { Agents } from './agents.ts';
import { type AnomalySettings, FailureWatch } from './failure-watch.ts';
import type { Inbox } from './inbox.ts';
import { otherPayload, transcription } from './payload.ts';
import { isSecret, isSigned } from './signatures.ts';

export interface ElevenLabsParts {
  agents: Agents;
  inbox: Inbox;
  search: MemorySearch;
  relationships: PersonaRelationshipManager;
  /** Null: the webhook is off. */
  hmacKey: string | null;
  workspaceSecret: string | null;
  anomalies: AnomalySettings;
  wallMs(): number;
  log: Logger;
}

/** Audio comes whole, in base64. */
const BODY_LIMIT = '25mb';
/** A conversation waits for the answer, and starts without us when none comes. */
const CLIENT_DATA_DEADLINE_MS = 2_000;
const SYSTEM = { kind: 'system', purpose: 'ElevenLabs' } as const;

/** /webhooks: the three doors through which agents at ElevenLabs use our memory. */
export function elevenLabsWebhooks(parts: ElevenLabsParts): Router {
  const router = Router();
  const failures = new FailureWatch(parts.anomalies, parts.wallMs, parts.log);
  router.post('/post-call', express.raw({ type: () => true, limit: BODY_LIMIT }), (request, response) =>
    takeConversation(parts, failures, request, response),
  );
  const json = express.json({ limit: '256kb', type: () => true });
  router.post('/client-data', guarded(parts), json, (request, response) =>
    startConversation(parts, request, response),
  );
  router.post('/search-data', guarded(parts), json, (request, response) =>
    searchMemories(parts, request, response),
  );
  return router;
}

async function takeConversation(
  { inbox, hmacKey, wallMs }: ElevenLabsParts,
  failures: FailureWatch,
  request: Request,
  response: Response,
): Promise<void> {
  if (hmacKey === null) throw isOff('ELEVENLABS_POST_CALL_HMAC_KEY');
  const raw = request.body as Buffer;
  if (!isSigned(request.get('elevenlabs-signature') ?? '', raw, hmacKey, wallMs()))
    throw new RingbackError(
      'webhook_unsigned',
      'The ElevenLabs-Signature does not match this request, or is too old.',
      {
        remedy:
          'Set ELEVENLABS_POST_CALL_HMAC_KEY to the secret of the webhook, and look at the server’s clock.',
      },
    );
  const text = raw.toString('utf8');
  const refuse = async (problem: string): Promise<never> => {
    await failures.note(inbox.quarantine(problem, text));
    throw unreadable(problem);
  };
  const payload = parsedJson(text) ?? (await refuse('It is not JSON.'));
  const conversation = transcription.safeParse(payload);
  const other = otherPayload.safeParse(payload);
  if (!conversation.success && !other.success) await refuse(z.prettifyError(conversation.error));
  const { type, id } = conversation.success
    ? { type: conversation.data.type, id: conversation.data.data.conversation_id }
    : { type: other.data?.type ?? 'unknown', id: other.data?.data.conversation_id ?? null };
  response.json({ status: 'received', memory_id: await inbox.receive(type, id, payload) });
}

/** Undefined when it is none. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller keeps it and says so
  }
}

const clientData = z.looseObject({
  caller_id: z.string().min(1).max(200),
  agent_id: z.string().min(1).max(200),
  called_number: z.string().max(200).optional(),
  call_sid: z.string().max(200).optional(),
});

/** What is known of the caller, for the beginning of a conversation; without it the agent begins as it always does. */
async function startConversation(
  parts: ElevenLabsParts,
  request: Request,
  response: Response,
): Promise<void> {
  const parsed = clientData.safeParse(request.body);
  if (!parsed.success) throw unreadable(z.prettifyError(parsed.error));
  const { caller_id, agent_id, called_number = '', call_sid = '' } = parsed.data;
  const plain = { caller_id, called_number, call_sid };
  const personal = await inTime(personalise(parts, agent_id, caller_id), CLIENT_DATA_DEADLINE_MS).catch(
    (error: unknown) => {
      parts.log.warn({ problem: describeError(error) }, 'a conversation at ElevenLabs starts without memory');
      return null;
    },
  );
  response.json({
    type: 'conversation_initiation_client_data',
    dynamic_variables: { ...plain, user_context: personal?.context ?? '' },
    ...(personal === null ? {} : { conversation_config_override: personal.override }),
  });
}

async function personalise({ agents, relationships }: ElevenLabsParts, agentId: string, callerId: string) {
  const scope = await agents.knownScope(agentId, callerId);
  if (scope === null) return null;
  const [profile, { firstMessage }, prompt] = await Promise.all([
    agents.profile(agentId),
    relationships.calleeOf(scope.userId, scope.persona),
    relationships.buildCompositePrompt(scope.userId, scope.persona, '', []),
  ]);
  const context = prompt.full_prompt.slice(prompt.full_prompt.indexOf('=== YOUR RELATIONSHIP ==='));
  const opening = firstMessage ?? profile?.firstMessage ?? null;
  return {
    context,
    override: {
      agent: {
        ...(opening === null ? {} : { first_message: opening }),
        ...(profile?.language == null ? {} : { language: profile.language }),
        ...(profile?.prompt == null ? {} : { prompt: { prompt: `${profile.prompt}\n\n${context}` } }),
      },
      ...(profile?.voiceId == null ? {} : { tts: { voice_id: profile.voiceId } }),
    },
  };
}

const searchData = z.looseObject({
  query: z.string().max(100_000),
  user_id: z.string().max(200).optional(),
  caller_id: z.string().max(200).optional(),
  agent_id: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(50).default(5),
});

/** Their tool asks what is remembered. The shape, errors included, is the customer's. */
async function searchMemories(
  { agents, search }: ElevenLabsParts,
  request: Request,
  response: Response,
): Promise<void> {
  const body = (request.body ?? {}) as { query?: unknown };
  if (typeof body.query !== 'string' || body.query.trim() === '') {
    response.status(400).json({ detail: 'Missing query parameter' });
    return;
  }
  const parsed = searchData.safeParse(body);
  if (!parsed.success) {
    response.status(422).json({ detail: z.prettifyError(parsed.error) });
    return;
  }
  const { query, user_id, caller_id, agent_id = null, limit } = parsed.data;
  const who = user_id ?? caller_id;
  const scope = who === undefined ? null : await agents.knownScope(agent_id, who);
  const hits = scope === null ? [] : await search.search(SYSTEM, scope, { text: query }, limit);
  response.json({
    status: 'success',
    memories_found: hits.length,
    context: hits.map(({ document }) => factInWords(document)).join('\n'),
    memories: hits.map(({ document, score }) => ({
      id: document.id,
      content: factInWords(document),
      metadata: {
        kind: document.kind,
        speaker: document.speaker,
        at: timeOf(document),
        score: Math.round(score * 1_000) / 1_000,
      },
    })),
  });
}

/** The two doors that a conversation uses have a secret in a header. */
function guarded({ workspaceSecret }: ElevenLabsParts): express.RequestHandler {
  return (request, _response, next) => {
    if (workspaceSecret === null) throw isOff('ELEVENLABS_CLIENT_DATA_WORKSPACE_SECRET');
    if (!isSecret(request.get('x-api-key'), workspaceSecret))
      throw new RingbackError('webhook_secret_wrong', 'The X-Api-Key header is missing or wrong.', {
        remedy: 'Send the value of ELEVENLABS_CLIENT_DATA_WORKSPACE_SECRET in it.',
      });
    next();
  };
}

async function inTime<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const signal = AbortSignal.timeout(deadlineMs);
  return Promise.race([
    work,
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  ]);
}

function isOff(variable: string): RingbackError {
  return new RingbackError('webhook_off', 'This webhook is switched off.', { remedy: `Set ${variable}.` });
}

function unreadable(problem: string): RingbackError {
  return new RingbackError(
    'webhook_unreadable',
    'This payload cannot be read; it was kept for somebody to look at.',
    {
      remedy: problem,
    },
  );
}
