import { queryOptions } from '@tanstack/react-query';
import { costSummaryShape } from '../../server/http/shapes/costs.ts';
import { read } from '../client/http.ts';

export interface Period {
  /** ISO moments. */
  from: string;
  to: string;
  /** One user's calls; null for all that the viewer may see. */
  userId: string | null;
}

export function periodQuery({ from, to, userId }: Period): string {
  return new URLSearchParams({ from, to, ...(userId === null ? {} : { userId }) }).toString();
}

export const costSummaryQuery = (period: Period) =>
  queryOptions({
    queryKey: ['costs', period],
    queryFn: ({ signal }) => read(costSummaryShape, `/api/user/costs/summary?${periodQuery(period)}`, signal),
  });
