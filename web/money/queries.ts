import { queryOptions } from '@tanstack/react-query';
import {
  callMoneyShape,
  disputesShape,
  payerDetailShape,
  payersShape,
  paymentsShape,
} from '../../server/http/shapes/money.ts';
import { read } from '../client/http.ts';

export const payersQuery = queryOptions({
  queryKey: ['payers'],
  queryFn: ({ signal }) => read(payersShape, '/api/payers', signal),
});

export const payerQuery = (payerId: string) =>
  queryOptions({
    queryKey: ['payers', payerId],
    queryFn: ({ signal }) => read(payerDetailShape, `/api/payers/${payerId}`, signal),
  });

export const paymentsQuery = queryOptions({
  queryKey: ['payments'],
  queryFn: ({ signal }) => read(paymentsShape, '/api/payments', signal),
});

export const disputesQuery = queryOptions({
  queryKey: ['disputes'],
  queryFn: ({ signal }) => read(disputesShape, '/api/disputes', signal),
});

export const callMoneyQuery = (callId: string) =>
  queryOptions({
    queryKey: ['call', callId, 'money'],
    queryFn: ({ signal }) => read(callMoneyShape, `/api/calls/${callId}/money`, signal),
  });
