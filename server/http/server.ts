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
  metricsPage: express.Router;
  /** Why nothing should be sent here at present; empty when it can serve. */
  reasonsNotReady(): Promise<string[]>;
}

export const MEDIA_PATH = '/twilio/media';
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
  app.use(helmet());
  const audited = (place: string, changes: boolean) => auditing(parts, place, { changes });
  app.use('/twilio', audited('/twilio', false), parts.twilioWebhooks);
  app.use('/webhooks', audited('/webhooks', false), parts.memoryWebhooks);
  app.use(BOOTSTRAP_PATH, audited(BOOTSTRAP_PATH, true), parts.bootstrapPage);
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
    if (new URL(req.url ?? '/', 'http://localhost').pathname !== MEDIA_PATH)
      return answer(false, 404, 'Not Found');
    if (parts.isValidMediaUpgrade(req)) return answer(true);
    parts.log.warn('refused a media socket without a valid Twilio signature');
    noted(parts.log, audit(parts.db, { actor: null, action: `GET ${MEDIA_PATH}`, status: 403, subject: {} }));
    answer(false, 403, 'Forbidden');
  };
}
