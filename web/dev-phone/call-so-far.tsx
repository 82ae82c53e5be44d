import { Anchor, Stack, Text } from '@mantine/core';
import { CallSpending } from '../calls/call-spending.tsx';
import { LiveTranscript } from '../calls/transcript.tsx';
import { Waterfall, WaterfallLegend } from '../calls/waterfall.tsx';
import { useLiveCalls } from '../client/use-live-calls.ts';
import { endWords, personaName } from '../format/names.ts';

const BARS = 4;

/** What was said, what it costs, and how long answers took, as it happens. */
export function CallSoFar({ callId }: { callId: string }) {
  const live = useLiveCalls().get(callId);
  return (
    <Stack>
      {live !== undefined && (
        <>
          {live.endReason !== null && <Text>The call is over: {endWords(live.endReason)}.</Text>}
          <CallSpending totalCents={live.totalCents} capCents={live.call.capCents} budget={live.budget} />
          <LiveTranscript
            turns={live.turns}
            callee={live.call.displayName}
            persona={personaName(live.call.persona)}
          />
          <Waterfall turns={live.turns} limit={BARS} />
          <WaterfallLegend />
        </>
      )}
      <Anchor href={`/app/calls/${callId}`}>All about this call</Anchor>
    </Stack>
  );
}
