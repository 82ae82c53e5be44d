import { useMutation, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { change } from '../client/http.ts';
import { memoriesQuery } from '../client/queries.ts';
import { tell, tellProblem } from '../shell/tell.ts';

interface Change {
  method: 'POST' | 'PATCH' | 'DELETE';
  /** Behind /api/personas/<persona>/memories. */
  path: string;
  body?: unknown;
  /** What is said when it is done. */
  done: string;
}

/** Changes what a persona knows, and reads it anew. */
export function useMemoryChange(userId: string, persona: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: Change) =>
      change(z.unknown(), method, `/api/personas/${persona}/memories${path}?userId=${userId}`, body),
    onSuccess: async (_answer, { done }) => {
      await queryClient.invalidateQueries({ queryKey: memoriesQuery(userId, persona).queryKey });
      tell(done);
    },
    onError: tellProblem,
  });
}
