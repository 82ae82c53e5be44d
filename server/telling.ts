import type { Database } from '../db/connection.ts';
import { Deliveries } from './announcing/deliveries.ts';
import { Endpoints } from './announcing/endpoints.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { BookHouseCosts } from './cost/house-costs.ts';
import type { RateCards } from './cost/rate-card-store.ts';
import { Suppressions } from './dialing/suppressions.ts';
import { messageRoutes } from './http/api/messages.ts';
import { webhookRoutes } from './http/api/webhooks.ts';
import type { Route } from './http/routes.ts';
import type { Job, Sweep } from './jobs/runner.ts';
import type { Logger } from './log.ts';
import type { Keys } from './security/keys.ts';
import { textWhatFollows } from './telephony/after-calls.ts';
import { payLinkTexts, type TextPayLink } from './telephony/pay-link-texts.ts';
import { twilioSms } from './telephony/sms.ts';
import { Texts } from './telephony/texts.ts';

export interface TellingParts {
  config: Config;
  db: Database;
  keys: Keys;
  rateCards: RateCards;
  bookHouseCosts: BookHouseCosts;
  publicBaseUrl: string;
  log: Logger;
}

/** Everything by which people and other servers are told of what happens, put together. */
export interface Telling {
  texts: Texts;
  textPayLink: TextPayLink;
  suppressions: Suppressions;
  routes: Route[];
  jobs: Readonly<Record<string, Job>>;
  sweeps: readonly Sweep[];
}

export function openTelling(parts: TellingParts): Telling {
  const { config, db, keys, publicBaseUrl, log } = parts;
  const suppressions = new Suppressions(db);
  const sms = twilioSms({ ...config.twilio, apiBaseUrl: config.vendors.twilio.baseUrl, publicBaseUrl });
  const texts = new Texts({ ...parts, sms, suppressions });
  const endpoints = new Endpoints(db, keys, config.live);
  const deliveries = new Deliveries({
    db,
    endpoints,
    alsoTell: (tx, announcement) => textWhatFollows(texts, tx, announcement),
    onlyPublic: config.live,
    clock: systemClock,
    log,
  });
  return {
    texts,
    textPayLink: payLinkTexts({ db, texts, suppressions, log }),
    suppressions,
    routes: [...messageRoutes(texts), ...webhookRoutes({ db, endpoints, deliveries })],
    jobs: { ...texts.jobs, ...deliveries.jobs },
    sweeps: [...texts.sweeps, ...deliveries.sweeps],
  };
}
