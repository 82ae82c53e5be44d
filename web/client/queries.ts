import { MutationCache, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import { budgetShape, spentShape, sponsorshipShape } from '../../server/http/shapes/budgets.ts';
import {
  callDetailShape,
  callsShape,
  costShape,
  explanationShape,
  recordingShape,
  replayShape,
} from '../../server/http/shapes/calls.ts';
import { memoriesShape, memoryHistoryShape, promisesShape } from '../../server/http/shapes/memory.ts';
import { personasShape } from '../../server/http/shapes/personas.ts';
import { type SessionShape, sessionShape } from '../../server/http/shapes/session.ts';
import { usersShape } from '../../server/http/shapes/users.ts';
import { ApiError, read } from './http.ts';

/** What the pages ask the server for, each under one key. */

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<SessionShape | null> => {
    try {
      return await read(sessionShape, '/api/session', signal);
    } catch (error) {
      if (error instanceof ApiError && error.isSignedOut) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const callsQuery = (state: 'planned' | 'under-way' | 'ended') =>
  queryOptions({
    queryKey: ['calls', state],
    queryFn: ({ signal }) => read(callsShape, `/api/calls?state=${state}`, signal),
  });

export const callQuery = (callId: string) =>
  queryOptions({
    queryKey: ['call', callId],
    queryFn: ({ signal }) => read(callDetailShape, `/api/calls/${callId}`, signal),
  });

export const costQuery = (callId: string) =>
  queryOptions({
    queryKey: ['call', callId, 'cost'],
    queryFn: ({ signal }) => read(costShape, `/api/calls/${callId}/cost`, signal),
  });

/** Of a call that has one. */
export const recordingQuery = (callId: string) =>
  queryOptions({
    queryKey: ['call', callId, 'recording'],
    queryFn: ({ signal }) => read(recordingShape, `/api/calls/${callId}/recording`, signal),
  });

export const replayQuery = (callId: string) =>
  queryOptions({
    queryKey: ['call', callId, 'replay'],
    queryFn: ({ signal }) => read(replayShape, `/api/calls/${callId}/replay`, signal),
    staleTime: Number.POSITIVE_INFINITY, // it gives the same each time
  });

export const explanationQuery = (callId: string) =>
  queryOptions({
    queryKey: ['call', callId, 'explanation'],
    queryFn: ({ signal }) => read(explanationShape, `/api/calls/${callId}/cost/explanation`, signal),
  });

export const budgetQuery = (userId: string) =>
  queryOptions({
    queryKey: ['budget', userId],
    queryFn: ({ signal }) => read(budgetShape, `/api/user/budget?userId=${userId}`, signal),
    staleTime: Number.POSITIVE_INFINITY, // a form is not changed under somebody's hands
    gcTime: 0,
  });

export const spentQuery = (userId: string) =>
  queryOptions({
    queryKey: ['budget', userId, 'spent'],
    queryFn: ({ signal }) => read(spentShape, `/api/user/budget/spent?userId=${userId}`, signal),
  });

export const sponsorshipQuery = queryOptions({
  queryKey: ['sponsorship'],
  queryFn: ({ signal }) => read(sponsorshipShape, '/api/settings/sponsorship', signal),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 0,
});

export const usersQuery = (search: string) =>
  queryOptions({
    queryKey: ['users', search],
    queryFn: ({ signal }) => read(usersShape, `/api/users?search=${encodeURIComponent(search)}`, signal),
  });

export const userQuery = (userId: string) =>
  queryOptions({
    queryKey: ['user', userId],
    queryFn: ({ signal }) => read(usersShape, `/api/users?id=${userId}`, signal),
  });

export const personasQuery = queryOptions({
  queryKey: ['personas'],
  queryFn: ({ signal }) => read(personasShape, '/api/personas', signal),
});

export const memoriesQuery = (userId: string, persona: string) =>
  queryOptions({
    queryKey: ['memories', userId, persona],
    queryFn: ({ signal }) =>
      read(memoriesShape, `/api/personas/${persona}/memories?userId=${userId}`, signal),
  });

export const memoryHistoryQuery = (userId: string, persona: string, memoryId: string) =>
  queryOptions({
    queryKey: [...memoriesQuery(userId, persona).queryKey, memoryId, 'history'],
    queryFn: ({ signal }) =>
      read(
        memoryHistoryShape,
        `/api/personas/${persona}/memories/${memoryId}/history?userId=${userId}`,
        signal,
      ),
  });

export const promisesQuery = (userId: string, persona: string) =>
  queryOptions({
    queryKey: ['promises', userId, persona],
    queryFn: ({ signal }) =>
      read(promisesShape, `/api/personas/${persona}/commitments?userId=${userId}`, signal),
  });

/** A request that the server has refused is not sent again; one that did not reach it is. */
export function newQueryClient(): QueryClient {
  // Whoever is signed out in the middle of something is asked to sign in.
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.isSignedOut) client.setQueryData(sessionQuery.queryKey, null);
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        retry: (count, error) => count < 3 && error instanceof ApiError && error.problem.status === 0,
      },
    },
  });
  return client;
}
