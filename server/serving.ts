import type { Database } from '../db/connection.ts';
import { Leadership } from '../db/leadership.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { type HouseFigures, houseFigures } from './instances/house-figures.ts';
import { Instance } from './instances/instance.ts';
import { LoopLag } from './instances/loop-lag.ts';
import { Metrics } from './instances/metrics.ts';
import type { VendorWatch } from './instances/vendor-watch.ts';
import type { Logger } from './log.ts';
import { VERSION } from './version.ts';

export interface ServingParts {
  config: Config;
  db: Database;
  databaseUrl: string;
  vendors: VendorWatch;
  /** Where this instance's media socket can be reached. */
  instanceBaseUrl: string;
  liveCalls(): number;
  log: Logger;
}

/** This process as one of many: whether it can take more, what it tells those who watch, put together. */
export interface Serving {
  instance: Instance;
  metrics: Metrics;
  houseFigures(): Promise<HouseFigures>;
  /** Whether this process could carry another call in time. */
  hasRoom(): boolean;
}

export function openServing(parts: ServingParts): Serving {
  const { config, db, vendors, liveCalls, log } = parts;
  const lag = LoopLag.ofThisProcess(config.maxLoopLagMs);
  const figures = houseFigures(db, systemClock);
  return {
    instance: new Instance({
      db,
      leadership: new Leadership(parts.databaseUrl),
      vendors,
      lag,
      url: parts.instanceBaseUrl,
      version: VERSION,
      liveCalls,
      clock: systemClock,
      log,
    }),
    metrics: new Metrics({ lag, vendors, liveCalls, houseFigures: figures }),
    houseFigures: figures,
    hasRoom: () => lag.hasRoom,
  };
}
