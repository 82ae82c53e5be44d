import { queryOptions } from '@tanstack/react-query';
import { dialPolicyShape, pauseShape, recordingPolicyShape } from '../../server/http/shapes/dialing.ts';
import { read } from '../client/http.ts';

/** A form is not changed under somebody's hands. */
const FORM = { staleTime: Number.POSITIVE_INFINITY, gcTime: 0 };

export const pauseQuery = queryOptions({
  queryKey: ['pause'],
  queryFn: ({ signal }) => read(pauseShape, '/api/settings/pause', signal),
});

export const dialPolicyQuery = queryOptions({
  queryKey: ['dial-policy'],
  queryFn: ({ signal }) => read(dialPolicyShape, '/api/settings/dialing', signal),
  ...FORM,
});

export const recordingPolicyQuery = queryOptions({
  queryKey: ['recording-policy'],
  queryFn: ({ signal }) => read(recordingPolicyShape, '/api/settings/recording', signal),
  ...FORM,
});
