import { Anchor, Button, Card, List, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { devExamplesShape } from '../../server/http/shapes/dev-phone.ts';
import type { AdminSession } from '../../server/http/shapes/session.ts';
import { change } from '../client/http.ts';
import { tellProblem } from '../shell/tell.ts';

/** What somebody who opens the panel for the first time can do next. */
export function Welcome({ devPhone, examples }: AdminSession) {
  return (
    <Card withBorder component="section" aria-label="First steps">
      <Stack gap="xs">
        <Title order={2} size="h4">
          Nobody has been on the phone yet
        </Title>
        <Text>This is where you see calls as they happen, what they cost, and what personas remember.</Text>
        <List type="ordered" withPadding>
          {examples && (
            <List.Item>
              Have Brad, Joy and Mara call three people of the sandbox, and watch. <CallExamples />
            </List.Item>
          )}
          {devPhone && (
            <List.Item>
              <Anchor href="/dev-phone">Open the phone in your browser</Anchor> and talk to Brad yourself.
            </List.Item>
          )}
          <List.Item>
            Look at{' '}
            <Anchor component={Link} to="/personas">
              who Brad is
            </Anchor>
            , and change him.
          </List.Item>
          <List.Item>
            Set{' '}
            <Anchor component={Link} to="/house">
              what the house pays for
            </Anchor>
            , and{' '}
            <Anchor component={Link} to="/schedules">
              call somebody
            </Anchor>
            .
          </List.Item>
        </List>
      </Stack>
    </Card>
  );
}

function CallExamples() {
  const navigate = useNavigate();
  const calling = useMutation({
    mutationFn: () => change(devExamplesShape, 'POST', '/api/dev-phone/examples'),
    onSuccess: () => navigate({ to: '/live' }),
    onError: tellProblem,
  });
  return (
    <Button size="xs" loading={calling.isPending} onClick={() => calling.mutate()}>
      Call three people
    </Button>
  );
}
