import { Button, Text } from '@mantine/core';
import { memo } from 'react';
import type { TurnShape } from '../../server/http/shapes/calls.ts';
import { formatLength } from '../format/time.ts';
import styles from './lines.module.css';

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
    <ol className={styles.lines}>
      {turns.map((turn) => (
        <Line key={turn.seq} turn={turn} {...names} {...(onSeek === undefined ? {} : { onSeek })} />
      ))}
    </ol>
  );
}

interface LineProps extends Names {
  turn: TurnShape;
  onSeek?: (atMs: number) => void;
}

const Line = memo(function Line({ turn, callee, persona, onSeek }: LineProps) {
  const { speaker, text, interrupted, atMs } = turn;
  return (
    <li className={styles.line}>
      {onSeek === undefined ? (
        <span className={styles.time}>{formatLength(atMs)}</span>
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
      <span className={styles.said}>
        <span className={styles.speaker}>{speaker === 'caller' ? callee : persona}</span> {text}
        {interrupted && <span className={styles.interrupted}> (interrupted)</span>}
      </span>
    </li>
  );
});

interface LiveTranscriptProps extends Names {
  turns: readonly TurnShape[];
}

/** The same in a box that follows the newest line, unless somebody has scrolled up to read. */
export const LiveTranscript = memo(function LiveTranscript({ turns, callee, persona }: LiveTranscriptProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with keys
    <div role="log" aria-label={`What ${persona} and ${callee} say`} tabIndex={0} className={styles.log}>
      {turns.length === 0 ? (
        <Text c="dimmed">Nothing has been said yet.</Text>
      ) : (
        <Transcript turns={turns} names={{ callee, persona }} />
      )}
    </div>
  );
});
