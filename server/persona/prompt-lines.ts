import type { userPersonaRelationships } from '../../db/schema/index.ts';
import type { Commitment } from '../memory/commitments.ts';
import { factInWords, labelOf } from '../memory/documents.ts';
import type { Memory } from '../memory/facts.ts';
import type { Profile } from '../memory/profile.ts';
import { REDACTED } from '../memory/redaction.ts';
import { spokenMoment } from '../zoned-time.ts';
import { quoted } from './prompt-text.ts';
import type { RecentContext } from './remembered.ts';

/** What is remembered, line by line, as a prompt tells it; what matters most comes first. */

/** A line of the prompt, and the facts that it tells. */
export interface Line {
  text: string;
  ids: string[];
}

const DAY_MS = 86_400_000;
const MOST_PROGRESS = 5;

export function relationshipLines(
  relationship: typeof userPersonaRelationships.$inferSelect | undefined,
  name: string,
  facts: readonly Memory[],
): Line[] {
  const type = relationship?.relationshipType ?? 'friend';
  const own = relationship?.customSystemPrompt;
  const calls = relationship?.totalCalls ?? 0;
  return [
    {
      text: own === null || own === undefined ? `You are ${quoted(type)} to ${quoted(name)}.` : quoted(own),
      ids: [],
    },
    ...(calls > 0
      ? [{ text: `You have talked ${calls} ${calls === 1 ? 'time' : 'times'} before.`, ids: [] }]
      : []),
    ...facts.filter(({ category }) => category === 'relationship_facts').map(lineOf),
  ];
}

/** Who they say they are and what they want to become; of their progress the last. */
export function profileLines({ identity, goals, why, progress }: Profile): Line[] {
  const line = (name: string, text: string): Line => ({ text: `- ${name}: ${quoted(text)}`, ids: [] });
  return [
    ...(identity === null ? [] : [line('who they are', identity)]),
    ...goals.map((goal) => line('goal', goal)),
    ...(why === null ? [] : [line('why it matters to them', why)]),
    ...progress.slice(-MOST_PROGRESS).map(({ at, text }) => line(`progress on ${at.slice(0, 10)}`, text)),
  ];
}

export function factLines(facts: readonly Memory[]): Line[] {
  return facts
    .filter(({ category }) => category !== 'relationship_facts' && category !== 'inside_jokes')
    .map(lineOf);
}

export function jokeLines(facts: readonly Memory[]): Line[] {
  return facts
    .filter(({ category }) => category === 'inside_jokes')
    .map(({ id, text }) => ({ text: `- “${quoted(text)}”`, ids: [id] }));
}

function lineOf({ id, slot, text }: Memory): Line {
  return { text: `- ${factInWords({ label: labelOf(slot), text: quoted(text) })}`, ids: [id] };
}

export function recentLines(
  recent: RecentContext,
  promises: readonly Commitment[],
  { nowMs, timeZone }: { nowMs: number; timeZone: string },
): Line[] {
  const line = (text: string): Line => ({ text, ids: [] });
  return [
    ...promises.map(({ promise, dueAt }) =>
      line(
        `Promise: ${quoted(promise)}${dueAt === null ? '' : ` (due ${spokenMoment(dueAt.getTime(), timeZone)})`}`,
      ),
    ),
    ...recent.ongoing_storylines.map(({ topic, status }) =>
      line(`Ongoing: ${quoted(topic.replace(/_/g, ' '))} (${status.replace(/_/g, ' ')})`),
    ),
    ...recent.recent_calls.flatMap(({ date, summary }, i) =>
      summary === REDACTED
        ? []
        : [line(`${i === 0 ? 'Last call' : 'Before'} (${ago(date, nowMs)}): ${quoted(summary)}`)],
    ),
  ];
}

function ago(date: string, nowMs: number): string {
  const days = Math.floor((nowMs - Date.parse(`${date}T00:00:00Z`)) / DAY_MS);
  if (days <= 0) return 'today';
  return days === 1 ? 'yesterday' : `${days} days ago`;
}
