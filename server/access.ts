import type { Router } from 'express';
import type { Database } from '../db/connection.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { Consents } from './dialing/consents.ts';
import { bootstrapLink } from './http/access/bootstrap.ts';
import { Challenges } from './http/access/challenges.ts';
import { Passkeys } from './http/access/passkeys.ts';
import { auditRoutes } from './http/api/audit.ts';
import { passkeyRoutes } from './http/api/passkeys.ts';
import { sessionRoutes } from './http/api/session.ts';
import { tokenRoutes } from './http/api/tokens.ts';
import { bootstrapPage } from './http/pages/bootstrap.ts';
import type { Route } from './http/routes.ts';
import type { Logger } from './log.ts';
import type { Texts } from './telephony/texts.ts';

export interface AccessParts {
  config: Config;
  db: Database;
  consents: Consents;
  texts: Texts;
  publicBaseUrl: string;
  log: Logger;
}

/** Who gets in and how, put together. */
export interface Access {
  routes: Route[];
  bootstrapPage: Router;
  /** With which the first admin signs in; null when there has been one. */
  bootstrapUrl(): Promise<string | null>;
}

export function openAccess({ config, db, consents, texts, publicBaseUrl, log }: AccessParts): Access {
  const challenges = new Challenges(db, config.twilio.authToken);
  const offers = {
    devPhone: config.devPhone,
    examples: config.devPhone && config.sandboxControlUrl !== null,
  };
  return {
    routes: [
      ...sessionRoutes({ db, challenges, consents, texts, offers, publicBaseUrl, log }),
      ...passkeyRoutes(new Passkeys({ db, challenges, publicBaseUrl, log }), publicBaseUrl),
      ...tokenRoutes(db, () => systemClock.wallMs()),
      ...auditRoutes(db),
    ],
    bootstrapPage: bootstrapPage({ db, challenges, publicBaseUrl }),
    bootstrapUrl: () => bootstrapLink(db, challenges, publicBaseUrl),
  };
}
