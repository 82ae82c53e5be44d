import { Box, Button, Group, Stack, Text } from '@mantine/core';
import { memo, useEffect, useRef } from 'react';
import type { TurnShape } from '../../server/http/shapes/calls.ts';
import { formatLength } from '../format/time.ts';

interface Names {
  callee: string;
  persona: string;
}

interface TranscriptProps {
  turns: readonly TurnShape[];
  names: Names;
  /** Plays the recording from a line on; without it there is none. */
  onSeek?: (atMs: number) => void;
}

/** What was heard, line by line, in the order in which it was. */
export function Transcript({ turns, names, onSeek }: TranscriptProps) {
  return (
    <Stack gap={6} component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
      {turns.map((turn) => (
        <Line key={turn.seq} turn={turn} {...names} {...(onSeek === undefined ? {} : { onSeek })} />
      ))}
    </Stack>
  );
}

interface LineProps extends Names {
  turn: TurnShape;
  onSeek?: (atMs: number) => void;
}

const Line = memo(function Line({ turn, callee, persona, onSeek }: LineProps) {
  const { speaker, text, interrupted, atMs } = turn;
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="baseline">
      {onSeek === undefined ? (
        <Text size="sm" c="dimmed" ff="monospace" style={{ flexShrink: 0 }}>
          {formatLength(atMs)}
        </Text>
      ) : (
        <Button
          variant="default"
          size="compact-sm"
          ff="monospace"
          style={{ flexShrink: 0 }}
          aria-label={`Listen from ${formatLength(atMs)} on`}
          onClick={() => onSeek(atMs)}
        >
          {formatLength(atMs)}
        </Button>
      )}
      <Text style={{ overflowWrap: 'anywhere' }}>
        <Text span fw={600}>
          {speaker === 'caller' ? callee : persona}
        </Text>{' '}
        {text}
        {interrupted && (
          <Text span c="dimmed" fs="italic">
            {' '}
            (interrupted)
          </Text>
        )}
      </Text>
    </Group>
  );
});

/** The same in a box that follows the newest line, unless somebody has scrolled up to read. */
export function LiveTranscript({ turns, names }: { turns: readonly TurnShape[]; names: Names }) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  });
  return (
    <Box
      ref={box}
      role="log"
      aria-label={`What ${names.persona} and ${names.callee} say`}
      tabIndex={0}
      mah={260}
      style={{ overflowY: 'auto' }}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
      }}
    >
      {turns.length === 0 ? (
        <Text c="dimmed">Nothing has been said yet.</Text>
      ) : (
        <Transcript turns={turns} names={names} />
      )}
    </Box>
  );
}
