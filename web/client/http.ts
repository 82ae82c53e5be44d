import type { z } from 'zod';
import { type ProblemShape, problemShape } from '../../server/http/shapes/session.ts';

/** The server refused: `problem.detail` says what to do. */
export class ApiError extends Error {
  readonly problem: ProblemShape;

  constructor(problem: ProblemShape) {
    super(problem.title);
    this.problem = problem;
  }

  get isSignedOut(): boolean {
    return this.problem.status === 401;
  }
}

/** Reads a path of the API. @throws ApiError when the server refuses, or cannot be reached. */
export async function read<T extends z.ZodType>(
  schema: T,
  path: string,
  signal?: AbortSignal,
): Promise<z.infer<T>> {
  return schema.parse(await request(path, signal === undefined ? {} : { signal }));
}

/** Changes something. @throws ApiError */
export async function change<T extends z.ZodType>(
  schema: T,
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<z.infer<T>> {
  const content =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return schema.parse(await request(path, { method, ...content }));
}

async function request(path: string, options: RequestInit): Promise<unknown> {
  const response = await fetch(path, options).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError({
      type: 'urn:ringback:unreachable',
      title: 'The server cannot be reached.',
      status: 0,
      detail: 'Check your connection; this page tries again by itself.',
    });
  });
  if (response.ok) return response.json();
  // What a proxy in between answers is no JSON; then the status has to do.
  const problem = problemShape.safeParse(await response.json().catch(() => null));
  throw new ApiError(
    problem.success
      ? problem.data
      : {
          type: 'urn:ringback:unknown',
          title: `The server answered ${response.status}.`,
          status: response.status,
          detail: 'Try again in a moment.',
        },
  );
}
