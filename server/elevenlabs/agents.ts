import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import {
  elevenlabsAgents,
  personas,
  personaVersions,
  userPersonaRelationships,
  users,
} from '../../db/schema/index.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Scope } from '../memory/scope.ts';
import { NO_VOICE } from '../persona/persona.ts';
import { E164 } from '../phone-number.ts';

export interface AgentsParts {
  db: Database;
  apiKey: string | null;
  baseUrl: string;
  /** How often their API is asked before it is given up. */
  attempts: number;
  /** How long what it said is used, in seconds. */
  profileSeconds: number;
  wallMs(): number;
  log: Logger;
}

/** What of an agent's profile goes into the start of a conversation. */
export interface AgentProfile {
  firstMessage: string | null;
  prompt: string | null;
  language: string | null;
  voiceId: string | null;
}

/** A conversation waits for it, all attempts together. */
const FETCH_TIMEOUT_MS = 1_500;
const SYSTEM: Actor = { kind: 'system', purpose: 'ElevenLabs agents' };

/** The agents at ElevenLabs that use our memory: whose memory each uses, and what their API says of them. */
export class Agents {
  readonly #parts: AgentsParts;

  constructor(parts: AgentsParts) {
    this.#parts = parts;
  }

  /** The memory of an agent and a caller. An agent that is not known gets a persona of its own, so that nothing leaks. */
  async scopeOf(agentId: string, callerId: string): Promise<Scope> {
    return this.#parts.db.as(SYSTEM, async (tx) => {
      const slug = `agent-${createHash('sha256').update(agentId).digest('hex').slice(0, 12)}`;
      const [known] = await tx.select().from(elevenlabsAgents).where(eq(elevenlabsAgents.agentId, agentId));
      if (known === undefined) {
        await tx.insert(personas).values({ slug, version: 1 }).onConflictDoNothing();
        await tx.insert(personaVersions).values(versionFor(slug)).onConflictDoNothing();
        await tx.insert(elevenlabsAgents).values({ agentId, persona: slug }).onConflictDoNothing();
      }
      const phoneNumber = identityOf(callerId);
      await tx.insert(users).values({ phoneNumber, displayName: 'Caller' }).onConflictDoNothing();
      const [user] = await tx.select({ id: users.id }).from(users).where(eq(users.phoneNumber, phoneNumber));
      const scope = { userId: user?.id ?? '', persona: known?.persona ?? slug };
      await tx.insert(userPersonaRelationships).values(scope).onConflictDoNothing();
      return scope;
    });
  }

  /** The memory of a caller who is known, or null; nothing is made for a question. */
  async knownScope(agentId: string | null, callerId: string): Promise<Scope | null> {
    return this.#parts.db.as(SYSTEM, async (tx) => {
      const [user] = await tx
        .select({ id: users.id })
        .from(users)
        .where(eq(users.phoneNumber, identityOf(callerId)));
      if (user === undefined) return null;
      const agents = await tx
        .select({ agentId: elevenlabsAgents.agentId, persona: elevenlabsAgents.persona })
        .from(elevenlabsAgents)
        .innerJoin(userPersonaRelationships, eq(userPersonaRelationships.persona, elevenlabsAgents.persona))
        .where(eq(userPersonaRelationships.userId, user.id));
      // Without the agent's name only a caller who knows a single one can be served without mixing them up.
      const found = agentId === null ? only(agents) : agents.find((agent) => agent.agentId === agentId);
      return found === undefined ? null : { userId: user.id, persona: found.persona };
    });
  }

  list(actor: Actor) {
    const { agentId, persona, fetchedAt, createdAt } = elevenlabsAgents;
    return this.#parts.db.as(actor, (tx) =>
      tx.select({ agentId, persona, fetchedAt, createdAt }).from(elevenlabsAgents).orderBy(createdAt),
    );
  }

  /** Has an agent use the memory of a persona. */
  async assign(actor: Actor, agentId: string, persona: string): Promise<void> {
    await this.#parts.db.as(actor, (tx) =>
      tx
        .insert(elevenlabsAgents)
        .values({ agentId, persona })
        .onConflictDoUpdate({ target: elevenlabsAgents.agentId, set: { persona } }),
    );
  }

  /** What their API says of the agent, asked once an hour at most; null when it cannot be had in time. */
  async profile(agentId: string): Promise<AgentProfile | null> {
    const { db, wallMs, profileSeconds } = this.#parts;
    const [row] = await db.as(SYSTEM, (tx) =>
      tx.select().from(elevenlabsAgents).where(eq(elevenlabsAgents.agentId, agentId)),
    );
    const isFresh = row?.fetchedAt != null && wallMs() - row.fetchedAt.getTime() < profileSeconds * 1_000;
    if (isFresh) return profileOf(row.profile);
    const fetched = await this.#fetch(agentId);
    if (fetched === null) return row?.profile == null ? null : profileOf(row.profile);
    await db.as(SYSTEM, (tx) =>
      tx
        .update(elevenlabsAgents)
        .set({ profile: fetched, fetchedAt: new Date(wallMs()) })
        .where(eq(elevenlabsAgents.agentId, agentId)),
    );
    return profileOf(fetched);
  }

  async #fetch(agentId: string): Promise<unknown> {
    const { apiKey, baseUrl, attempts, log } = this.#parts;
    if (apiKey === null) return null;
    const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
    for (let left = attempts; left > 0; left--) {
      try {
        const url = `${baseUrl}/v1/convai/agents/${encodeURIComponent(agentId)}`;
        const response = await fetch(url, { headers: { 'xi-api-key': apiKey }, signal });
        if (response.ok) return await response.json();
        await response.text();
        throw new Error(`ElevenLabs answered ${response.status}`);
      } catch (error) {
        log.warn({ problem: describeError(error) }, 'the profile of an ElevenLabs agent could not be read');
        if (signal.aborted) return null;
      }
    }
    return null;
  }
}

/** Whoever is not a phone number gets a name that cannot be taken for one. */
function identityOf(callerId: string): string {
  return E164.test(callerId) ? callerId : `elevenlabs:${callerId}`;
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

/** A persona for memory's sake: it is never given a telephone. */
function versionFor(slug: string) {
  const settings = {
    name: 'Agent',
    onBehalfOf: 'ElevenLabs',
    voice: NO_VOICE,
    template: 'supportive',
    traits: [],
    turnTaking: 'balanced',
  };
  return { slug, version: 1, settings, description: 'An agent at ElevenLabs.', source: 'admin' as const };
}

function profileOf(profile: unknown): AgentProfile {
  const { conversation_config: config } = (profile ?? {}) as {
    conversation_config?: {
      agent?: { first_message?: string; language?: string; prompt?: { prompt?: string } };
      tts?: { voice_id?: string };
    };
  };
  return {
    firstMessage: config?.agent?.first_message ?? null,
    prompt: config?.agent?.prompt?.prompt ?? null,
    language: config?.agent?.language ?? null,
    voiceId: config?.tts?.voice_id ?? null,
  };
}
