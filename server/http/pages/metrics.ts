import { Router } from 'express';
import type { Database } from '../../../db/connection.ts';
import { authenticate } from '../access/authenticate.ts';
import { allows } from '../access/scopes.ts';
import { sendProblem } from '../problems.ts';

export interface MetricsPageParts {
  db: Database;
  publicBaseUrl: string;
  metrics: { contentType: string; read(): Promise<string> };
}

const SCOPE = 'metrics:read';

/** What Prometheus reads, with an admin's token: spend and margin are nobody else's business. */
export function metricsPage({ db, publicBaseUrl, metrics }: MetricsPageParts): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const caller = await authenticate(db, request, publicBaseUrl);
    if (caller?.actor.kind !== 'admin' || !allows(caller.scopes, SCOPE)) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      return sendProblem(
        response,
        401,
        'unauthenticated',
        'Metrics are read with an admin’s token.',
        `Make one with the scope ${SCOPE} under POST /api/tokens, and give it to Prometheus as its credentials.`,
      );
    }
    response.type(metrics.contentType).send(await metrics.read());
  });
  return router;
}
