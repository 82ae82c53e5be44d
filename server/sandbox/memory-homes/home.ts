import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type StandInServer, sendJson, startServer, urlOf } from '../http.ts';

/** What both stand-ins for memory homes share: what they hold, keys, faults, and a table of routes. */

export interface HeldMemory {
  id: string;
  container: string;
  customId: string | null;
  content: string;
  metadata: Record<string, unknown>;
  at: number;
}

/** after: the request is carried out, and its answer is lost. */
export type HomeFault = { status: number } | { delayMs: number } | 'after';

export interface MemoryHomeStandIn extends StandInServer {
  held: HeldMemory[];
  /** Answers the next requests to paths that begin with this in another way. */
  fail(path: string, how: HomeFault, times?: number): void;
}

export interface Asked {
  held: HeldMemory[];
  /** What stands for `:id` in the route. */
  id: string;
  query: URLSearchParams;
  body: unknown;
}

export interface Answer {
  status: number;
  body?: unknown;
}

/** `METHOD /path` or `METHOD /path/:id`. */
export type Routes = Readonly<Record<string, (asked: Asked) => Answer>>;

export async function startHome(
  port: number,
  apiKey: string,
  errorField: string,
  routes: Routes,
): Promise<MemoryHomeStandIn> {
  const held: HeldMemory[] = [];
  const played: Array<{ path: string; how: HomeFault; times: number }> = [];
  const failed = (status: number, problem: string): Answer => ({ status, body: { [errorField]: problem } });
  const answer = (request: IncomingMessage, text: string): Answer => {
    const { pathname, searchParams: query } = urlOf(request);
    const exact = routes[`${request.method} ${pathname}`];
    const [parent, id] = [pathname.slice(0, pathname.lastIndexOf('/')), pathname.split('/').at(-1) ?? ''];
    const route = exact ?? routes[`${request.method} ${parent}/:id`];
    if (route === undefined) return failed(404, `There is no ${request.method} ${pathname}`);
    try {
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      return route({ held, id: decodeURIComponent(id), query, body });
    } catch (error) {
      if (error instanceof z.ZodError) return failed(400, z.prettifyError(error));
      throw error;
    }
  };
  const server = await startServer(port, async (request, response, text) => {
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return sendJson(response, 401, { [errorField]: 'Unauthorized' });
    const fault = played.find(({ path, times }) => times > 0 && urlOf(request).pathname.startsWith(path));
    if (fault !== undefined) fault.times -= 1;
    if (typeof fault?.how === 'object' && 'status' in fault.how)
      return sendJson(response, fault.how.status, { [errorField]: 'played fault' });
    if (typeof fault?.how === 'object') await wait(fault.how.delayMs);
    const { status, body } = answer(request, text);
    if (fault?.how === 'after') request.socket.destroy();
    else if (body === undefined) response.writeHead(status).end();
    else sendJson(response, status, body);
  });
  return { ...server, held, fail: (path, how, times = 1) => void played.push({ path, how, times }) };
}

/** By shared words: enough to find what a test looks for. */
export function ranked(held: readonly HeldMemory[], container: string, text: string, most: number) {
  const words = new Set(text.toLowerCase().match(/\p{L}{3,}/gu) ?? []);
  const scoreOf = ({ content }: HeldMemory) =>
    (content.toLowerCase().match(/\p{L}{3,}/gu) ?? []).filter((word) => words.has(word)).length;
  return held
    .filter((memory) => memory.container === container)
    .map((memory) => ({ memory, score: scoreOf(memory) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most);
}
