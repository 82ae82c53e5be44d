import { queryOptions } from '@tanstack/react-query';
import {
  auditShape,
  deliveriesShape,
  endpointsShape,
  inboxShape,
  payloadShape,
  tokensShape,
} from '../../server/http/shapes/house.ts';
import { pricesShape, rateCardsShape } from '../../server/http/shapes/rate-cards.ts';
import { read } from '../client/http.ts';

/** @param before an entry's id; null for the newest. */
export const auditQuery = (before: number | null) =>
  queryOptions({
    queryKey: ['audit', before],
    queryFn: ({ signal }) =>
      read(auditShape, before === null ? '/api/audit' : `/api/audit?before=${before}`, signal),
  });

export const endpointsQuery = queryOptions({
  queryKey: ['endpoints'],
  queryFn: ({ signal }) => read(endpointsShape, '/api/webhooks/endpoints', signal),
});

export const deliveriesQuery = (endpointId: string) =>
  queryOptions({
    queryKey: ['endpoints', endpointId, 'deliveries'],
    queryFn: ({ signal }) =>
      read(deliveriesShape, `/api/webhooks/endpoints/${endpointId}/deliveries`, signal),
  });

export const inboxQuery = queryOptions({
  queryKey: ['inbox'],
  queryFn: ({ signal }) => read(inboxShape, '/api/webhook-inbox', signal),
});

export const payloadQuery = (id: string) =>
  queryOptions({
    queryKey: ['inbox', id],
    queryFn: ({ signal }) => read(payloadShape, `/api/webhook-inbox/${id}`, signal),
  });

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => read(tokensShape, '/api/tokens', signal),
});

export const rateCardsQuery = queryOptions({
  queryKey: ['rate-cards'],
  queryFn: ({ signal }) => read(rateCardsShape, '/api/rate-cards', signal),
});

export const pricesQuery = (id: string) =>
  queryOptions({
    queryKey: ['rate-cards', id],
    queryFn: ({ signal }) => read(pricesShape, `/api/rate-cards/${id}`, signal),
  });
