import { createHmac } from 'node:crypto';
import type { Router } from 'express';
import type { Database } from '../db/connection.ts';
import type { CallMemory } from './call/ports.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { RateCards } from './cost/rate-card-store.ts';
import { Agents } from './elevenlabs/agents.ts';
import { Inbox } from './elevenlabs/inbox.ts';
import { elevenLabsWebhooks } from './elevenlabs/webhooks.ts';
import { commitmentRoutes } from './http/api/commitments.ts';
import { elevenLabsAgentRoutes } from './http/api/elevenlabs-agents.ts';
import { memoryRoutes } from './http/api/memories.ts';
import { memoryRightsRoutes } from './http/api/memory-rights.ts';
import { personaRoutes } from './http/api/personas.ts';
import { profileRoutes } from './http/api/profile.ts';
import { webhookInboxRoutes } from './http/api/webhook-inbox.ts';
import type { Route } from './http/routes.ts';
import type { Job, Sweep } from './jobs/runner.ts';
import type { StructuredModel } from './llm/structured.ts';
import type { Logger } from './log.ts';
import { openCallMemory } from './memory/call-memory.ts';
import { Fingerprints } from './memory/fingerprints.ts';
import { Learning } from './memory/learning.ts';
import { MemoryBook } from './memory/memory-book.ts';
import { searchElsewhere } from './memory/mirror/elsewhere.ts';
import type { MemoryHome } from './memory/mirror/home.ts';
import { memoryHome } from './memory/mirror/homes.ts';
import { MemoryMirror } from './memory/mirror/mirror.ts';
import { MemorySearch } from './memory/search/memory-search.ts';
import { Personas } from './persona/personas.ts';
import { PersonaRelationshipManager } from './persona/relationships.ts';
import type { Keys } from './security/keys.ts';

export interface RememberingParts {
  config: Config;
  db: Database;
  databaseUrl: string;
  keys: Keys;
  rateCards: RateCards;
  /** Asked after a call what it taught. */
  models: readonly StructuredModel[];
  log: Logger;
}

/** Everything about personas and what they remember, put together. */
export interface Remembering {
  personas: Personas;
  relationships: PersonaRelationshipManager;
  openMemory(call: { id: string; userId: string; persona: string }): CallMemory;
  routes: Route[];
  webhooks: Router;
  jobs: Readonly<Record<string, Job>>;
  sweeps: readonly Sweep[];
  fingerprints: Fingerprints;
  book: MemoryBook;
  search: MemorySearch;
  learning: Learning;
  inbox: Inbox;
  /** Null where no other memory home follows ours. */
  mirror: MemoryMirror | null;
  home: MemoryHome | null;
}

export async function openRemembering(parts: RememberingParts): Promise<Remembering> {
  const { config, db, databaseUrl, keys, rateCards, models, log } = parts;
  const personas = new Personas(db);
  const fingerprints = new Fingerprints(
    await keys.houseKey('fingerprints', firstFingerprintKey(databaseUrl)),
  );
  const relationships = new PersonaRelationshipManager(db, fingerprints);
  const home = config.memoryMirror === null ? null : memoryHome(config.memoryMirror);
  const elsewhere = home === null ? null : searchElsewhere({ db, home, fingerprints, log });
  const mirror = home === null ? null : new MemoryMirror({ db, home, clock: systemClock, log });
  const search = new MemorySearch({ db, elsewhere, clock: systemClock, log });
  const book = new MemoryBook(db, fingerprints);
  const personaName = async (slug: string) => (await personas.current(slug)).name;
  const learning = new Learning({ db, personaName, fingerprints, rateCards, models, log });
  const wallMs = () => systemClock.wallMs();
  const agents = new Agents({ ...config.elevenLabs, db, wallMs, log });
  const inbox = new Inbox(db, keys, agents);
  return {
    personas,
    relationships,
    openMemory: ({ id, userId, persona }) =>
      openCallMemory({ db, search, book, clock: systemClock }, { userId, persona }, id),
    routes: [
      ...personaRoutes({
        personas,
        relationshipsAs: (actor) => new PersonaRelationshipManager(db, fingerprints, actor),
      }),
      ...webhookInboxRoutes(inbox),
      ...elevenLabsAgentRoutes({ agents, personas }),
      ...profileRoutes(db),
      ...commitmentRoutes({ db, personas, fingerprints }),
      ...memoryRightsRoutes({ db, personas, fingerprints }),
      ...memoryRoutes({ db, personas, search, book }),
    ],
    webhooks: elevenLabsWebhooks({ ...config.elevenLabs, agents, inbox, search, relationships, wallMs, log }),
    jobs: { ...learning.jobs, ...inbox.jobs },
    sweeps: [...learning.sweeps, ...inbox.sweeps, ...(mirror?.sweeps ?? [])],
    fingerprints,
    book,
    search,
    learning,
    inbox,
    mirror,
    home,
  };
}

/**
 * The key of what is forgotten, where there is none yet: the one with which earlier versions made their tombstones. It
 * is kept sealed from then on, so that neither another password nor another master key changes it.
 */
function firstFingerprintKey(databaseUrl: string): Buffer {
  return createHmac('sha256', new URL(databaseUrl).password).update('ringback memory').digest();
}
