import { Alert, Button, Stack, Text } from '@mantine/core';
import { ApiError } from '../client/http.ts';

/** What went wrong and what to do, in the server's own words. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const isKnown = error instanceof ApiError;
  return (
    <Alert
      color="red"
      variant="outline"
      role="alert"
      title={isKnown ? error.problem.title : 'This page has failed.'}
    >
      <Stack align="flex-start" gap="xs">
        <Text>
          {isKnown ? error.problem.detail : 'Load it again; if that does not help, tell your admin.'}
        </Text>
        {onRetry !== undefined && (
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
