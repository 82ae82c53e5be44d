import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { change } from '../client/http.ts';
import { tell, tellProblem } from './tell.ts';

export interface Change {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  /** What is said when it is done. */
  done: string;
}

/** Changes something at the server, says that it is done or why not, and reads anew what is under a key. */
export function useChange(queryKey: QueryKey) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: Change) => change(z.unknown(), method, path, body),
    onSuccess: async (_answer, { done }) => {
      await queryClient.invalidateQueries({ queryKey });
      tell(done);
    },
    onError: tellProblem,
  });
}
