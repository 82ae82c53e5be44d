import { ApiError } from '../client/http.ts';

export interface ProblemWords {
  title: string;
  detail: string;
}

/** What went wrong and what to do: in the server's own words where it was the server that refused. */
export function problemWords(error: unknown, otherwise: ProblemWords): ProblemWords {
  return error instanceof ApiError ? error.problem : otherwise;
}
