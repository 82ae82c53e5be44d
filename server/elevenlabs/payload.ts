import { z } from 'zod';

/** The parts of their payloads that anybody here reads; the rest is kept as it came. */

const variables = z.record(z.string(), z.unknown()).nullish();

export const transcription = z.looseObject({
  type: z.literal('post_call_transcription'),
  event_timestamp: z.number().optional(),
  data: z.looseObject({
    agent_id: z.string().min(1).max(200),
    conversation_id: z.string().min(1).max(200),
    user_id: z.string().nullish(),
    transcript: z.array(
      z.looseObject({
        role: z.enum(['user', 'agent']),
        message: z.string().nullish(),
        time_in_call_secs: z.number().nullish(),
      }),
    ),
    metadata: z
      .looseObject({
        start_time_unix_secs: z.number().nullish(),
        call_duration_secs: z.number().nullish(),
        user_id: z.string().nullish(),
        caller_id: z.string().nullish(),
      })
      .nullish(),
    conversation_initiation_client_data: z
      .looseObject({ user_id: z.string().nullish(), dynamic_variables: variables })
      .nullish(),
  }),
});
export type Transcription = z.infer<typeof transcription>;

/** Audio and failures are acknowledged and kept; nothing is done with them. */
export const otherPayload = z.looseObject({
  type: z.enum(['post_call_audio', 'call_initiation_failure']),
  data: z.looseObject({ conversation_id: z.string().max(200).nullish() }),
});

/** Whom a conversation is about, by the customer's six steps: the first that is there. */
export function userIdOf({ data }: Transcription): string {
  const initiation = data.conversation_initiation_client_data;
  const dynamic = initiation?.dynamic_variables ?? {};
  const candidates: unknown[] = [
    dynamic.system__caller_id,
    initiation?.user_id,
    data.metadata?.user_id,
    dynamic.user_id,
    data.metadata?.caller_id,
    data.conversation_id,
  ];
  const found = candidates.find((value) => typeof value === 'string' && value.trim() !== '');
  return String(found).trim().slice(0, 200);
}
