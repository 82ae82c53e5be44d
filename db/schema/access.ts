import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytes, id } from './columns.ts';
import { users } from './people.ts';

export const CHALLENGE_KINDS = ['sms-code', 'bootstrap', 'passkey-registration', 'passkey-sign-in'] as const;

/** Something that only the right person can answer: a code by text message, a link on the first start. */
export const challenges = pgTable(
  'challenges',
  {
    id: id(),
    kind: text({ enum: CHALLENGE_KINDS }).notNull(),
    /** Whom it is about: a phone number, or the house. */
    subject: text().notNull(),
    /** Keyed hash of id and secret; the key is not in the database, so a copy of it cannot be guessed through. */
    secret: bytes().notNull(),
    attempts: integer().notNull().default(0),
    maxAttempts: integer().notNull(),
    /** Where it was asked from, for the limits. */
    askedFrom: text().notNull(),
    expiresAt: at().notNull(),
    usedAt: at(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    index().on(t.subject, t.createdAt),
    check(
      'challenges_kind',
      sql`${t.kind} in ('sms-code', 'bootstrap', 'passkey-registration', 'passkey-sign-in')`,
    ),
  ],
);

/** A device or key with which an admin signs in. */
export const passkeys = pgTable('passkeys', {
  id: id(),
  /** The authenticator's own name for it, base64url. */
  credentialId: text().notNull().unique(),
  publicKey: bytes().notNull(),
  /** Rises with each use where the authenticator counts; one that falls back was copied. */
  counter: bigint({ mode: 'number' }).notNull(),
  transports: text().array().notNull(),
  /** Whose it is, in the admins' words. */
  label: text().notNull(),
  createdAt: at().notNull().defaultNow(),
  lastUsedAt: at(),
  revokedAt: at(),
});

/** Who is signed in. */
export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    /** SHA-256 of the 32 random bytes that the holder presents. */
    hash: bytes().notNull().unique(),
    role: text({ enum: ['admin', 'user'] }).notNull(),
    /** Null for an admin. */
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    /** With which an admin signed in; null for the link of the first start. */
    passkeyId: uuid().references(() => passkeys.id),
    createdAt: at().notNull().defaultNow(),
    expiresAt: at().notNull(),
    revokedAt: at(),
  },
  (t) => [
    check('sessions_role', sql`${t.role} in ('admin', 'user')`),
    check('sessions_subject', sql`(${t.role} = 'user') = (${t.userId} is not null)`),
  ],
);

/** Every request that changes something or was refused: who, what, how it ended. Never what was in it. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: at().notNull().defaultNow(),
    actorKind: text().notNull(),
    actorId: text(),
    action: text().notNull(),
    /** HTTP status of the answer. */
    status: integer().notNull(),
    /** Ids that the request named. */
    subject: jsonb().notNull(),
  },
  (t) => [index().on(t.at)],
);
