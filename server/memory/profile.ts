import { eq } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { userProfiles } from '../../db/schema/index.ts';
import { lockMemory, SHARED, touch } from './scope.ts';

/** Who a user is in their own words, what they want to reach, why, and how far they have come. Every persona knows it. */
export interface Profile {
  identity: string | null;
  goals: string[];
  why: string | null;
  progress: ProgressNote[];
  /** When they were done with telling about themselves; a persona asks no further and fills in nothing. */
  completedAt: Date | null;
}

export interface ProgressNote {
  /** ISO 8601. */
  at: string;
  text: string;
}

export type ProfileField = 'identity' | 'goal' | 'why' | 'progress';

/** One thing that a user told about themselves in a conversation. */
export interface ProfileNote {
  field: ProfileField;
  text: string;
}

const MOST_GOALS = 10;
const MOST_PROGRESS = 50;

const EMPTY: Profile = { identity: null, goals: [], why: null, progress: [], completedAt: null };

export async function profileOf(tx: Transaction, userId: string): Promise<Profile> {
  const [row] = await tx.select().from(userProfiles).where(eq(userProfiles.userId, userId));
  if (row === undefined) return EMPTY;
  const { identity, goals, why, progress, completedAt } = row;
  return { identity, goals, why, progress, completedAt };
}

/** What is not known of somebody yet, in words that a persona can ask with; nothing once they are done with telling. */
export function unknownOf({ identity, goals, why, completedAt }: Profile): string[] {
  if (completedAt !== null) return [];
  return [
    ...(identity === null ? ['who they are'] : []),
    ...(goals.length === 0 ? ['what they want to reach'] : []),
    ...(why === null ? ['why that matters to them'] : []),
  ];
}

/** Changes what its user says themselves: from then on nobody else fills it in. */
export async function writeProfile(
  tx: Transaction,
  userId: string,
  change: Partial<Pick<Profile, 'identity' | 'goals' | 'why' | 'progress'>>,
): Promise<Profile> {
  await lockMemory(tx, userId);
  const after = { ...(await profileOf(tx, userId)), ...change, completedAt: new Date() };
  await save(tx, userId, after);
  return after;
}

/**
 * Fills in what a user told in a conversation, where nothing is there yet; progress is added to what there is. Once all
 * is known, or its user has written it, only progress is added.
 */
export async function fillProfile(
  tx: Transaction,
  userId: string,
  notes: readonly ProfileNote[],
  at: Date,
): Promise<void> {
  if (notes.length === 0) return;
  await lockMemory(tx, userId);
  const before = await profileOf(tx, userId);
  const told = (field: ProfileField) => notes.filter((note) => note.field === field).map(({ text }) => text);
  const isOpen = before.completedAt === null;
  const known = new Set(before.progress.map(({ text }) => text));
  const news = told('progress').filter((text) => !known.has(text));
  const after: Profile = {
    identity: before.identity ?? (isOpen ? (told('identity')[0] ?? null) : null),
    why: before.why ?? (isOpen ? (told('why')[0] ?? null) : null),
    goals: isOpen ? [...new Set([...before.goals, ...told('goal')])].slice(0, MOST_GOALS) : before.goals,
    progress: [...before.progress, ...news.map((text) => ({ at: at.toISOString(), text }))].slice(
      -MOST_PROGRESS,
    ),
    completedAt: before.completedAt,
  };
  await save(tx, userId, {
    ...after,
    completedAt: unknownOf(after).length === 0 ? (after.completedAt ?? at) : null,
  });
}

/** Takes out of a profile what tells something that was forgotten. */
export async function redactProfile(
  tx: Transaction,
  userId: string,
  tells: (text: string) => boolean,
): Promise<void> {
  const before = await profileOf(tx, userId);
  const kept = (text: string | null) => (text !== null && tells(text) ? null : text);
  const after = {
    ...before,
    identity: kept(before.identity),
    why: kept(before.why),
    goals: before.goals.filter((goal) => !tells(goal)),
    progress: before.progress.filter(({ text }) => !tells(text)),
  };
  if (JSON.stringify(after) !== JSON.stringify(before)) await save(tx, userId, after);
}

async function save(tx: Transaction, userId: string, profile: Profile): Promise<void> {
  await touch(tx, { userId, persona: SHARED });
  const values = { ...profile, updatedAt: new Date() };
  await tx
    .insert(userProfiles)
    .values({ userId, ...values })
    .onConflictDoUpdate({ target: userProfiles.userId, set: values });
}
