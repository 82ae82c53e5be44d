import { queryOptions } from '@tanstack/react-query';
import { promptShape, relationshipShape } from '../../server/http/shapes/personas.ts';
import { read } from '../client/http.ts';

export const promptQuery = (persona: string, userId: string) =>
  queryOptions({
    queryKey: ['prompt', persona, userId],
    queryFn: ({ signal }) => read(promptShape, `/api/personas/${persona}/prompt?userId=${userId}`, signal),
  });

export const relationshipQuery = (persona: string, userId: string) =>
  queryOptions({
    queryKey: ['relationship', persona, userId],
    queryFn: ({ signal }) =>
      read(relationshipShape, `/api/personas/${persona}/relationship?userId=${userId}`, signal),
  });
