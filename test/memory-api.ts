import { issueToken } from '../server/http/access/tokens.ts';
import type { TestApp } from './app.ts';

export const MEMORIES = '/api/personas/brad/memories';

export interface Memory {
  id: string;
  text: string;
  slot: string | null;
  status: string;
  supersededBy: string | null;
}

let nextNumber = 15_557_100;

/** Memory over the API of an app under test, as its owner uses it. */
export class MemoryApi {
  readonly #test: TestApp;

  constructor(test: TestApp) {
    this.#test = test;
  }

  /** A new user with a token of their own. */
  readonly user = async (): Promise<{ userId: string; token: string }> => {
    const { db } = this.#test.database;
    const phone = `+${nextNumber++}`;
    const [row] = await db.as({ kind: 'system', purpose: 'test' }, (tx) =>
      tx.execute<{ id: string }>(
        `insert into users (phone_number, display_name) values ('${phone}', 'Anna') returning id`,
      ),
    );
    const userId = row?.id ?? '';
    return { userId, token: await issueToken(db, { role: 'user', userId, label: 'test' }) };
  };

  readonly send = (method: string, path: string, token: string, body?: unknown) =>
    this.#test.api(path, { method, token, ...(body === undefined ? {} : { body }) });

  /** What Brad knows. */
  readonly list = async (token: string, query = '') =>
    ((await this.#test.api(MEMORIES + query, { token })).json as { memories: Memory[] }).memories;

  /** What a search in Brad's memory finds. */
  readonly find = async (token: string, q: string, limit = 10) =>
    (
      (await this.#test.api(`${MEMORIES}/search?q=${encodeURIComponent(q)}&limit=${limit}`, { token }))
        .json as {
        results: Array<{ id: string; kind: string; text: string; score: number; at: string }>;
      }
    ).results;
}
