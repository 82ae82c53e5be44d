import { Button, Stack, Text } from '@mantine/core';
import { Notice } from './notice.tsx';
import { type ProblemWords, problemWords } from './problem-words.ts';

const FAILED: ProblemWords = {
  title: 'This page has failed.',
  detail: 'Load it again; if that does not help, tell your admin.',
};

interface ProblemProps {
  error: unknown;
  /** What is said where it was not the server that refused. */
  otherwise?: ProblemWords;
  onRetry?: () => void;
}

/** What went wrong and what to do; nothing where nothing has. */
export function Problem({ error, otherwise = FAILED, onRetry }: ProblemProps) {
  if (error === null) return null;
  const { title, detail } = problemWords(error, otherwise);
  return (
    <Notice tone="problem" title={title}>
      <Stack align="flex-start" gap="xs">
        <Text>{detail}</Text>
        {onRetry !== undefined && (
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Notice>
  );
}
