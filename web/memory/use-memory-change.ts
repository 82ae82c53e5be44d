import { memoriesQuery } from '../client/queries.ts';
import { type Change, useChange } from '../shell/use-change.ts';

/** Changes what a persona knows of a user. */
export function useMemoryChange(userId: string, persona: string) {
  const changing = useChange(memoriesQuery(userId, persona).queryKey);
  const full = (change: Change): Change => ({
    ...change,
    path: `/api/personas/${persona}/memories${change.path}?userId=${userId}`,
  });
  return {
    isPending: changing.isPending,
    /** `path` is behind /api/personas/<persona>/memories. */
    mutate: (change: Change, options?: Parameters<typeof changing.mutate>[1]) =>
      changing.mutate(full(change), options),
  };
}
