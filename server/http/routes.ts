import { extendZodWithOpenApi, OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Actor, Database } from '../../db/connection.ts';
import type { Logger } from '../log.ts';
import { VERSION } from '../version.ts';
import { audit, noted } from './access/audit.ts';
import { authenticate } from './access/authenticate.ts';
import { ALL, allows, scopeOf } from './access/scopes.ts';
import { type Caller, mayUse, type Role } from './access/tokens.ts';
import { sendProblem } from './problems.ts';

extendZodWithOpenApi(z);

/** A route that takes more says so. */
const BODY_LIMIT = '64kb';

/** What a handler is given: everything already checked against the route's schemas. */
export interface RouteContext<Params, Query, Body> {
  actor: Actor;
  /** What the request may do; a token cannot give more than it has. */
  scopes: readonly string[];
  params: Params;
  query: Query;
  body: Body;
  request: Request;
  response: Response;
}

/** One /api route. It cannot be written without a role, and appears in /openapi.json by being registered. */
export interface Route<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Express style: /api/calls/:id */
  path: `/api/${string}`;
  /** 'public' only where somebody signs in. */
  role: Role;
  summary: string;
  params?: Params;
  query?: Query;
  body?: Body;
  /** Such as 10mb. */
  bodyLimit?: string;
  /** Content type and meaning of a success. */
  answer: { status: number; description: string; type?: string; schema?: z.ZodType };
  /** Returns what is sent as JSON; undefined when it has answered by itself. */
  handle(context: RouteContext<z.infer<Params>, z.infer<Query>, z.infer<Body>>): Promise<unknown>;
}

/** Keeps the types of a route's schemas for its handler. */
export function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  definition: Route<P, Q, B>,
): Route {
  return definition as unknown as Route;
}

/** A body without the fields that it left out, for those who take a field that is there as a change. */
export function present<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export interface ServeParts {
  db: Database;
  publicBaseUrl: string;
  log: Logger;
}

/** Serves the routes under access control, and their description. */
export function apiRouter(parts: ServeParts, routes: readonly Route[]): Router {
  const router = Router();
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  for (const definition of routes) {
    describeRoute(registry, definition);
    router[definition.method](
      definition.path,
      express.json({ limit: definition.bodyLimit ?? BODY_LIMIT }),
      (request, response) => serve(parts, definition, request, response),
    );
  }
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Ringback', version: VERSION, description: 'A persona with a phone number.' },
  });
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.use('/api', (_request, response) => {
    sendProblem(
      response,
      404,
      'route_unknown',
      'There is no such route.',
      'See /openapi.json for the routes that exist.',
    );
  });
  return router;
}

const NOBODY: Caller = { actor: { kind: 'system', purpose: 'public route' }, scopes: [ALL] };

async function serve(
  parts: ServeParts,
  definition: Route,
  request: Request,
  response: Response,
): Promise<void> {
  const isPublic = definition.role === 'public';
  const known = isPublic ? undefined : await authenticate(parts.db, request, parts.publicBaseUrl);
  noteWhenAnswered(parts, known?.actor ?? null, definition, request, response);
  const caller = isPublic ? NOBODY : known;
  if (caller === undefined) {
    response.setHeader('WWW-Authenticate', 'Bearer');
    return sendProblem(
      response,
      401,
      'unauthenticated',
      'A valid bearer token is needed.',
      'Send "Authorization: Bearer <token>"; npm run db:seed prints an admin token.',
    );
  }
  const { actor, scopes } = caller;
  if (definition.role !== 'public' && !mayUse(actor, definition.role)) {
    return sendProblem(
      response,
      403,
      'forbidden',
      `This route needs the role ${definition.role}.`,
      'Use a token with that role.',
    );
  }
  const scope = scopeOf(definition.path, definition.method);
  if (!allows(scopes, scope))
    return sendProblem(
      response,
      403,
      'scope_missing',
      `This route needs the scope ${scope}.`,
      'Use a token that has it.',
    );
  const params = (definition.params ?? z.object({})).safeParse(request.params);
  const query = (definition.query ?? z.object({})).safeParse(request.query);
  const body = (definition.body ?? z.unknown()).safeParse(request.body);
  const wrong = [params, query, body].find((result) => !result.success);
  if (wrong !== undefined)
    return sendProblem(
      response,
      422,
      'invalid',
      'The request has invalid values.',
      z.prettifyError(wrong.error as z.ZodError),
    );
  const answer = await definition.handle({
    actor,
    scopes,
    params: params.data ?? {},
    query: query.data ?? {},
    body: body.data,
    request,
    response,
  });
  if (answer !== undefined)
    response.status(definition.answer.status).type('application/json').send(toJson(answer));
}

/** Every change, and every refusal of one who may not, is written down when it has been answered. */
function noteWhenAnswered(
  { db, log }: ServeParts,
  actor: Actor | null,
  { method, path }: Route,
  request: Request,
  response: Response,
): void {
  const subject = Object.fromEntries(Object.entries(request.params).map(([name, id]) => [name, String(id)]));
  response.once('finish', () => {
    const isDenied = response.statusCode === 401 || response.statusCode === 403;
    if (method === 'get' && !isDenied) return;
    noted(
      log,
      audit(db, {
        actor,
        action: `${method.toUpperCase()} ${path}`,
        status: response.statusCode,
        subject,
      }),
    );
  });
}

/** Money is bigint in the database and text in JSON: a JavaScript number would round it. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, field) => (typeof field === 'bigint' ? field.toString() : field));
}

function describeRoute(registry: OpenAPIRegistry, definition: Route): void {
  const { method, path, role, summary, params, query, body, answer } = definition;
  registry.registerPath({
    method,
    path: path.replace(/:(\w+)/g, '{$1}'),
    summary,
    tags: [path.split('/')[2] ?? 'api'],
    security: [{ bearer: [] }],
    'x-role': role,
    'x-scope': scopeOf(path, method),
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body: { content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [answer.status]: {
        description: answer.description,
        content: { [answer.type ?? 'application/json']: { schema: answer.schema ?? z.unknown() } },
      },
      401: { description: 'No valid token.' },
      403: { description: 'The token’s role may not use this route.' },
      422: { description: 'Invalid values.' },
    },
  });
}
