import { queryOptions } from '@tanstack/react-query';
import {
  callMoneyShape,
  disputesShape,
  payerAccountShape,
  payerDetailShape,
  payersShape,
  paymentsShape,
  receiptShape,
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

export const ownPaymentsQuery = queryOptions({
  queryKey: ['own-payments'],
  queryFn: ({ signal }) => read(payerAccountShape, '/api/user/payments', signal),
});

export const receiptQuery = (callId: string) =>
  queryOptions({
    queryKey: ['own-payments', callId, 'receipt'],
    queryFn: ({ signal }) => read(receiptShape, `/api/user/payments/${callId}/receipt`, signal),
  });

export const callMoneyQuery = (callId: string) =>
  queryOptions({
    queryKey: ['call', callId, 'money'],
    queryFn: ({ signal }) => read(callMoneyShape, `/api/calls/${callId}/money`, signal),
  });
