import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { RecordingShape, TurnShape } from '../../server/http/shapes/calls.ts';
import { recordingQuery } from '../client/queries.ts';
import { formatMoment } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { tellProblem } from '../shell/tell.ts';
import { useChange } from '../shell/use-change.ts';
import { Transcript } from './transcript.tsx';

interface SaidProps {
  callId: string;
  answeredAt: string | null;
  hasRecording: boolean;
  turns: readonly TurnShape[];
  names: { callee: string; persona: string };
}

/** What was said, and where it was recorded the sound of it, from any line on. */
export function Said({ callId, answeredAt, hasRecording, turns, names }: SaidProps) {
  const recording = useQuery({ ...recordingQuery(callId), enabled: hasRecording }).data;
  if (recording?.state !== 'stored' || answeredAt === null) return <Transcript turns={turns} names={names} />;
  return (
    <Recorded callId={callId} answeredAt={answeredAt} recording={recording} turns={turns} names={names} />
  );
}

interface RecordedProps extends Omit<SaidProps, 'hasRecording'> {
  answeredAt: string;
  recording: RecordingShape;
}

function Recorded({ callId, answeredAt, recording, turns, names }: RecordedProps) {
  const player = useRef<HTMLAudioElement>(null);
  const deleting = useChange(recordingQuery(callId).queryKey);
  const path = `/api/calls/${callId}/recording`;
  const load = useMutation({
    // Whole: a browser can then go to any place in it.
    mutationFn: async () => {
      const response = await fetch(`${path}.wav`);
      if (!response.ok) throw new Error(`the recording answered ${response.status}`);
      return URL.createObjectURL(await response.blob());
    },
    onError: tellProblem,
  });
  useEffect(() => {
    const url = load.data;
    return url === undefined ? undefined : () => URL.revokeObjectURL(url);
  }, [load.data]);
  const beganAfterMs = Date.parse(recording.beganAt ?? answeredAt) - Date.parse(answeredAt);
  const seek = (atMs: number) => {
    if (player.current === null) return;
    player.current.currentTime = Math.max(0, (atMs - beganAfterMs) / 1_000);
    player.current.play().catch(tellProblem);
  };
  return (
    <Stack>
      <Group>
        {load.data === undefined ? (
          <Button variant="default" loading={load.isPending} onClick={() => load.mutate()}>
            Listen to it
          </Button>
        ) : (
          // biome-ignore lint/a11y/useMediaCaption: what is said stands right below it
          <audio ref={player} src={load.data} controls aria-label="Recording of this call" />
        )}
        <Confirm
          action="Delete the recording"
          title="Delete this recording for good?"
          detail="The carrier’s copy is deleted too. What was said stays in writing."
          onConfirm={() => deleting.mutate({ method: 'DELETE', path, done: 'The recording is gone.' })}
        />
        {recording.keptUntil !== null && (
          <Text size="sm" c="dimmed">
            Kept until {formatMoment(recording.keptUntil)}
          </Text>
        )}
      </Group>
      <Transcript turns={turns} names={names} {...(load.data === undefined ? {} : { onSeek: seek })} />
    </Stack>
  );
}
