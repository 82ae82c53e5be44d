import { Anchor, Container, Stack, Text } from '@mantine/core';
import { PageTitle } from './page-title.tsx';

export function NothingHere() {
  return (
    <Container component="main" size="xs" py="xl">
      <Stack>
        <PageTitle>There is nothing here</PageTitle>
        <Text>The address is wrong, or what was here is gone.</Text>
        <Anchor href="/app/">To the calls under way</Anchor>
      </Stack>
    </Container>
  );
}
