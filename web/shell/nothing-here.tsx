import { Anchor, Container, Stack, Text, Title } from '@mantine/core';

export function NothingHere() {
  return (
    <Container component="main" size="xs" py="xl">
      <Stack>
        <Title order={1}>There is nothing here</Title>
        <Text>The address is wrong, or what was here is gone.</Text>
        <Anchor href="/app/">To the calls under way</Anchor>
      </Stack>
    </Container>
  );
}
