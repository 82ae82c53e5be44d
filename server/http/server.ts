import type http from 'node:http';
import type { IncomingMessage } from 'node:http';
import express from 'express';
import expressWs from 'express-ws';
import helmet from 'helmet';
import type { WebSocket } from 'ws';
import type { Database } from '../../db/connection.ts';
import { answerWith } from '../listening.ts';
import type { Logger } from '../log.ts';
import { STRIPE_WEBHOOK_PATH } from '../payments/desk.ts';
import { MANDATE_PATH } from '../payments/mandates.ts';
import { VERSION } from '../version.ts';
import { audit, auditing, noted } from './access/audit.ts';
import { BOOTSTRAP_PATH } from './access/bootstrap.ts';
import { ownOrigins } from './access/origins.ts';
import { apiDocsPages } from './pages/api-docs.ts';
import { panelPages } from './pages/panel.ts';
import { problemHandler, sendProblem } from './problems.ts';
import { apiRouter, type Route } from './routes.ts';

export interface HttpServerParts {
  db: Database;
  publicBaseUrl: string;
  trustedProxies: number;
  log: Logger;
  routes: readonly Route[];
  twilioWebhooks: express.Router;
  /** For agents elsewhere that use our memory. */
  memoryWebhooks: express.Router;
  bootstrapPage: express.Router;
  /** Null where no payments are taken. */
  payments: { webhook: express.Router; pages: express.Router; mandatePages: express.Router } | null;
  /** True when an upgrade to the media socket carries Twilio's signature. */
  isValidMediaUpgrade(request: IncomingMessage): boolean;
  onMediaSocket(socket: WebSocket): void;
  /** Null where browsers cannot call. */
  onBrowserSocket: ((socket: WebSocket) => void) | null;
  metricsPage: express.Router;
  /** Why nothing should be sent here at present; empty when it can serve. */
  reasonsNotReady(): Promise<string[]>;
}

export const MEDIA_PATH = '/twilio/media';
const BROWSER_MEDIA_PATH = '/dev-phone/media';
const MAX_MESSAGE_BYTES = 64 * 1024;

/** Puts the HTTP side together on a server that listens already: only then is our own address known. */
export function attachHttp(server: http.Server, parts: HttpServerParts): void {
  const base = express();
  base.disable('x-powered-by');
  base.set('trust proxy', parts.trustedProxies);
  answerWith(server, base);
  const { app } = expressWs(base, server, {
    leaveRouterUntouched: true,
    wsOptions: { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false, verifyClient: upgradeGuard(parts) },
  });
  // No middleware stands before the socket route: an asynchronous one would lose the first messages.
  app.ws(MEDIA_PATH, (socket) => parts.onMediaSocket(socket as unknown as WebSocket));
  const { onBrowserSocket } = parts;
  if (onBrowserSocket !== null)
    app.ws(BROWSER_MEDIA_PATH, (socket) => onBrowserSocket(socket as unknown as WebSocket));
  app.use(helmet());
  const audited = (place: string, changes: boolean) => auditing(parts, place, { changes });
  app.use('/twilio', audited('/twilio', false), parts.twilioWebhooks);
  app.use('/webhooks', audited('/webhooks', false), parts.memoryWebhooks);
  app.use(BOOTSTRAP_PATH, audited(BOOTSTRAP_PATH, true), parts.bootstrapPage);
  app.get('/dev-phone', (_request, response) => response.redirect('/app/dev-phone'));
  app.use('/app', panelPages());
  app.use(apiDocsPages());
  if (parts.payments !== null) {
    app.use(STRIPE_WEBHOOK_PATH, audited(STRIPE_WEBHOOK_PATH, false), parts.payments.webhook);
    app.use('/pay', audited('/pay', true));
    app.use(MANDATE_PATH, parts.payments.mandatePages);
    app.use('/pay', parts.payments.pages);
  }
  app.get('/', (_request, response) => {
    response.json({ service: 'Ringback', version: VERSION, status: 'running' });
  });
  app.get('/health', (_request, response) => {
    response.json({ status: 'healthy' });
  });
  app.get('/ready', async (_request, response) => {
    const reasons = await parts.reasonsNotReady();
    if (reasons.length === 0) response.json({ status: 'ready' });
    else response.status(503).json({ status: 'not ready', reasons });
  });
  app.use('/metrics', parts.metricsPage);
  app.use(apiRouter(parts, parts.routes));
  app.use((_request, response) =>
    sendProblem(
      response,
      404,
      'not_found',
      'There is nothing here.',
      'See /openapi.json for the routes that exist.',
    ),
  );
  app.use(problemHandler(parts.log));
}

type VerifyClient = (
  info: { req: IncomingMessage },
  answer: (ok: boolean, code?: number, message?: string) => void,
) => void;

/** Decides about every upgrade before the 101: express-ws itself would accept any path and run its checks too late. */
function upgradeGuard(parts: HttpServerParts): VerifyClient {
  return ({ req }, answer) => {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost');
    const isBrowser = pathname === BROWSER_MEDIA_PATH && parts.onBrowserSocket !== null;
    if (pathname !== MEDIA_PATH && !isBrowser) return answer(false, 404, 'Not Found');
    // A browser's stream is let in by its token; that it is one of our pages that has it, its origin tells.
    const isOurs = isBrowser
      ? ownOrigins(parts.publicBaseUrl).includes(req.headers.origin ?? '')
      : parts.isValidMediaUpgrade(req);
    if (isOurs) return answer(true);
    parts.log.warn({ pathname }, 'refused a media socket that is neither the carrier’s nor of our pages');
    noted(parts.log, audit(parts.db, { actor: null, action: `GET ${pathname}`, status: 403, subject: {} }));
    answer(false, 403, 'Forbidden');
  };
}
