import { Anchor, Card, List, Stack, Text, Title } from '@mantine/core';

/** What somebody who opens the panel for the first time can do next. */
export function Welcome() {
  return (
    <Card withBorder component="section" aria-label="First steps">
      <Stack gap="xs">
        <Title order={2} size="h4">
          Nobody has been on the phone yet
        </Title>
        <Text>This is where you see calls as they happen, what they cost, and what personas remember.</Text>
        <List type="ordered" withPadding>
          <List.Item>
            <Anchor href="/dev-phone">Open the phone in your browser</Anchor> and talk to Brad; here you see
            the call as it happens.
          </List.Item>
          <List.Item>
            Look at <Anchor href="/app/personas">who Brad is</Anchor>, and change him.
          </List.Item>
          <List.Item>
            Set <Anchor href="/app/house">what the house pays for</Anchor>, before anybody else is called.
          </List.Item>
        </List>
      </Stack>
    </Card>
  );
}
