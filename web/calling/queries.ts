import { queryOptions } from '@tanstack/react-query';
import {
  consentsShape,
  preferencesShape,
  schedulesShape,
  suppressionsShape,
} from '../../server/http/shapes/dialing.ts';
import { read } from '../client/http.ts';

export const preferencesQuery = (userId: string) =>
  queryOptions({
    queryKey: ['preferences', userId],
    queryFn: ({ signal }) => read(preferencesShape, `/api/user/call-preferences?userId=${userId}`, signal),
  });

/** @param userId null for everybody’s, which admins see. */
export const schedulesQuery = (userId: string | null) =>
  queryOptions({
    queryKey: ['schedules', userId],
    queryFn: ({ signal }) =>
      read(schedulesShape, userId === null ? '/api/schedules' : `/api/schedules?userId=${userId}`, signal),
  });

export const suppressionsQuery = queryOptions({
  queryKey: ['suppressions'],
  queryFn: ({ signal }) => read(suppressionsShape, '/api/suppressions', signal),
});

export const consentsQuery = queryOptions({
  queryKey: ['consents'],
  queryFn: ({ signal }) => read(consentsShape, '/api/consents', signal),
});

export const userConsentsQuery = (userId: string) =>
  queryOptions({
    queryKey: ['consents', userId],
    queryFn: ({ signal }) => read(consentsShape, `/api/user/consents?userId=${userId}`, signal),
  });
