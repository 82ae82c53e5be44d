import { queryOptions } from '@tanstack/react-query';
import { alertsShape, instancesShape } from '../../server/http/shapes/house.ts';
import { read } from '../client/http.ts';

export const alertsQuery = queryOptions({
  queryKey: ['alerts'],
  queryFn: ({ signal }) => read(alertsShape, '/api/alerts', signal),
});

export const instancesQuery = queryOptions({
  queryKey: ['instances'],
  queryFn: ({ signal }) => read(instancesShape, '/api/instances', signal),
});
