import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Loading } from './loading.tsx';
import { Problem } from './problem.tsx';

interface LoadedProps<T> {
  of: UseQueryResult<T>;
  children(data: T): ReactNode;
}

/** What a question to the server has brought; until then that it loads, or why it did not, with a way to try again. */
export function Loaded<T>({ of, children }: LoadedProps<T>) {
  if (of.data !== undefined) return children(of.data);
  if (of.isError) return <Problem error={of.error} onRetry={() => void of.refetch()} />;
  return <Loading />;
}
