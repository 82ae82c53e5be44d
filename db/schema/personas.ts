import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { at, id } from './columns.ts';
import { users } from './people.ts';

/** Who can call. What a persona is stands in its versions. */
export const personas = pgTable('personas', {
  /** As in prompts/personas/<slug>.md and in every URL. */
  slug: text().primaryKey(),
  /** The newest version, which new calls use. */
  version: integer().notNull(),
  createdAt: at().notNull().defaultNow(),
});

/** A persona as it was from some moment on. Never changed in place. */
export const personaVersions = pgTable(
  'persona_versions',
  {
    slug: text()
      .notNull()
      .references(() => personas.slug),
    version: integer().notNull(),
    /** The front matter: name, voice, traits, template, turn-taking. */
    settings: jsonb().notNull(),
    /** The Markdown below it. */
    description: text().notNull(),
    source: text({ enum: ['file', 'admin'] }).notNull(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.slug, t.version] }),
    check('persona_versions_source', sql`${t.source} in ('file', 'admin')`),
  ],
);

/** What a persona is to a user. Names are the customer's. */
export const userPersonaRelationships = pgTable(
  'user_persona_relationships',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    persona: text()
      .notNull()
      .references(() => personas.slug),
    /** friend, boyfriend, boss ... in the user's words. */
    relationshipType: text().notNull().default('friend'),
    /** The user's own words about who they are to each other. */
    customSystemPrompt: text(),
    /** See server/persona/memory-config.ts. */
    memoryConfig: jsonb().notNull().default({}),
    totalCalls: integer().notNull().default(0),
    totalMinutes: integer().notNull().default(0),
    lastCallAt: at(),
    /** Rises whenever something that is remembered changes, so that an index made before is known to be old. */
    memoryVersion: bigint({ mode: 'number' }).notNull().default(0),
    /** What the persona says next time, once it knows who answered; with the memories that it rests on. */
    firstMessage: text(),
    firstMessageMemories: uuid().array().notNull().default(sql`'{}'::uuid[]`),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    unique().on(t.userId, t.persona),
    index().on(t.persona),
    check('user_persona_relationships_counts', sql`${t.totalCalls} >= 0 and ${t.totalMinutes} >= 0`),
  ],
);

/** Who a user is, beside what each persona knows: filled by an onboarding conversation, editable by the user. */
export const userProfiles = pgTable('user_profiles', {
  userId: uuid()
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  identity: text(),
  goals: jsonb().$type<string[]>().notNull().default([]),
  why: text(),
  progress: jsonb().$type<Array<{ at: string; text: string }>>().notNull().default([]),
  /** When they were done with telling about themselves; no persona asks further. */
  completedAt: at(),
  updatedAt: at().notNull().defaultNow(),
});
