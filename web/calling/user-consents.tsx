import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ConsentShape } from '../../server/http/shapes/dialing.ts';
import { formatMoment } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { useChange } from '../shell/use-change.ts';
import { CONSENT_WORDS, givenWords } from './consent-words.ts';
import { userConsentsQuery } from './queries.ts';

/** What they may agree to here, in the words that are kept with their yes. */
const OFFERED: ReadonlyArray<{ kind: ConsentShape['kind']; text: string }> = [
  { kind: 'calls', text: 'You may call me with an AI voice, at the hours that I have set.' },
  { kind: 'texts', text: 'You may text me a summary after each call.' },
  { kind: 'voicemail', text: 'You may leave a message with an AI voice when I do not pick up.' },
];

/** What a user has agreed to, and takes back; for themselves also what they may agree to. */
export function UserConsents({ userId, isOwn }: { userId: string; isOwn: boolean }) {
  const found = useQuery(userConsentsQuery(userId));
  const changing = useChange(userConsentsQuery(userId).queryKey);
  return (
    <Loaded of={found}>
      {({ consents }) => {
        const inForce = consents.filter(({ withdrawnAt }) => withdrawnAt === null);
        const missing = OFFERED.filter(({ kind }) => !inForce.some((each) => each.kind === kind));
        return (
          <Stack gap="xs">
            {inForce.length === 0 && <Text c="dimmed">Nothing.</Text>}
            {inForce.map((consent) => (
              <Group key={consent.id} justify="space-between">
                <Stack gap={0}>
                  <Text>{CONSENT_WORDS[consent.kind]}</Text>
                  <Text size="sm" c="dimmed">
                    “{consent.textShown}” ({givenWords(consent.given)}, {formatMoment(consent.at)})
                  </Text>
                </Stack>
                <Confirm
                  action="Take back"
                  title="Take this back?"
                  detail={
                    consent.kind === 'calls'
                      ? 'Nobody calls any more.'
                      : `“${consent.textShown}” does not hold any more.`
                  }
                  onConfirm={() =>
                    changing.mutate({
                      method: 'DELETE',
                      path: `/api/user/consents/${consent.kind}?userId=${userId}`,
                      done: 'It does not hold any more.',
                    })
                  }
                />
              </Group>
            ))}
            {isOwn &&
              missing.map(({ kind, text }) => (
                <Group key={kind} justify="space-between">
                  <Text c="dimmed">“{text}”</Text>
                  <Button
                    variant="default"
                    size="xs"
                    onClick={() =>
                      changing.mutate({
                        method: 'POST',
                        path: '/api/user/consents',
                        body: { kind, text },
                        done: 'Agreed.',
                      })
                    }
                  >
                    I agree
                  </Button>
                </Group>
              ))}
          </Stack>
        );
      }}
    </Loaded>
  );
}
