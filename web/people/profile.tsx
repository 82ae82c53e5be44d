import { ActionIcon, Button, Group, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ProfileShape, profileShape } from '../../server/http/shapes/users.ts';
import { read } from '../client/http.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { useChange } from '../shell/use-change.ts';

const MOST_CHARACTERS = 2_000;
const MOST_GOALS = 10;
const MOST_NOTES = 50;

const profileQuery = (userId: string) =>
  queryOptions({
    queryKey: ['profile', userId],
    queryFn: ({ signal }) => read(profileShape, `/api/user/profile?userId=${userId}`, signal),
    staleTime: Number.POSITIVE_INFINITY, // a form is not changed under somebody's hands
    gcTime: 0,
  });

/** Who somebody is, what they want to reach, why, and how far they have come: every persona knows it. */
export function ProfileOf({ userId, isOwn }: { userId: string; isOwn: boolean }) {
  const found = useQuery(profileQuery(userId));
  return (
    <Loaded of={found}>{(profile) => <ProfileForm userId={userId} isOwn={isOwn} profile={profile} />}</Loaded>
  );
}

interface ProfileFormProps {
  userId: string;
  isOwn: boolean;
  profile: ProfileShape;
}

function ProfileForm({ userId, isOwn, profile }: ProfileFormProps) {
  const [they, theyAre, theyHave] = isOwn ? ['I', 'I am', 'I have'] : ['they', 'they are', 'they have'];
  const [displayName, setDisplayName] = useState(profile.displayName);
  const [identity, setIdentity] = useState(profile.identity ?? '');
  const [goals, setGoals] = useState(profile.goals);
  const [why, setWhy] = useState(profile.why ?? '');
  const [progress, setProgress] = useState(profile.progress);
  const [note, setNote] = useState('');
  const changing = useChange(profileQuery(userId).queryKey);
  const save = () => {
    const notes =
      note.trim() === '' ? progress : [...progress, { at: new Date().toISOString(), text: note.trim() }];
    setProgress(notes.slice(-MOST_NOTES));
    setNote('');
    changing.mutate({
      method: 'PATCH',
      path: `/api/user/profile?userId=${userId}`,
      body: {
        displayName: displayName.trim(),
        identity: orNull(identity),
        goals: goals.map((goal) => goal.trim()).filter((goal) => goal !== ''),
        why: orNull(why),
        progress: notes.slice(-MOST_NOTES),
      },
      done: 'Saved; every persona knows it from the next call on.',
    });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Stack maw={720}>
        {profile.completedAt === null && (
          <Text c="dimmed">
            In the first call a persona asks about this; what is written here it does not ask, and does not
            change.
          </Text>
        )}
        <TextInput
          label="Name"
          required
          maxLength={80}
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
        />
        <Textarea
          label={`Who ${theyAre}, or want to be`}
          autosize
          maxLength={MOST_CHARACTERS}
          value={identity}
          onChange={(event) => setIdentity(event.currentTarget.value)}
        />
        <Goals legend={`What ${they} want to reach`} goals={goals} onChange={setGoals} />
        <Textarea
          label="Why that matters"
          autosize
          maxLength={MOST_CHARACTERS}
          value={why}
          onChange={(event) => setWhy(event.currentTarget.value)}
        />
        <Title order={2} size="h4">
          How far {theyHave} come
        </Title>
        {progress.length === 0 && <Text c="dimmed">Nothing is noted yet.</Text>}
        {progress.map(({ at, text }) => (
          <Group key={at} gap="xs" wrap="nowrap" justify="space-between">
            <Text style={{ overflowWrap: 'anywhere' }}>
              {text}{' '}
              <Text span size="sm" c="dimmed">
                {formatMoment(at)}
              </Text>
            </Text>
            <TakeAway what={text} onClick={() => setProgress(progress.filter((each) => each.at !== at))} />
          </Group>
        ))}
        <TextInput
          label="A step that was made"
          maxLength={MOST_CHARACTERS}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={changing.isPending} disabled={displayName.trim() === ''}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface GoalsProps {
  legend: string;
  goals: readonly string[];
  onChange(goals: string[]): void;
}

function Goals({ legend, goals, onChange }: GoalsProps) {
  return (
    <Stack gap="xs" component="fieldset" bd="none" p={0} m={0}>
      <Text component="legend" size="sm" fw={600}>
        {legend}
      </Text>
      {goals.map((goal, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a goal is nothing but its place and its words
        <Group key={i} wrap="nowrap" gap="xs">
          <TextInput
            flex={1}
            aria-label={`Goal ${i + 1}`}
            maxLength={MOST_CHARACTERS}
            value={goal}
            onChange={(event) => onChange(goals.with(i, event.currentTarget.value))}
          />
          <TakeAway what={`goal ${i + 1}`} onClick={() => onChange(goals.toSpliced(i, 1))} />
        </Group>
      ))}
      {goals.length < MOST_GOALS && (
        <Group>
          <Button variant="default" size="xs" onClick={() => onChange([...goals, ''])}>
            Add a goal
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function TakeAway({ what, onClick }: { what: string; onClick(): void }) {
  return (
    <ActionIcon variant="default" aria-label={`Take away: ${what}`} onClick={onClick}>
      ✕
    </ActionIcon>
  );
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
