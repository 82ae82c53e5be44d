import type { WebSocket } from 'ws';
import type { Database } from '../db/connection.ts';
import type { Dialer } from './call/dialer.ts';
import type { Calls } from './call/lifecycle.ts';
import type { Receiver } from './call/receiver.ts';
import type { CallStore } from './call/store.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { BrowserLines } from './dev-phone/lines.ts';
import { describeError } from './errors.ts';
import { devPhoneRoutes } from './http/api/dev-phone.ts';
import type { Route } from './http/routes.ts';
import type { Logger } from './log.ts';
import type { Personas } from './persona/personas.ts';
import { serveMediaSocket } from './telephony/media-socket.ts';

export interface DevPhoneParts {
  config: Config;
  db: Database;
  receiver: Receiver;
  personas: Personas;
  dialer: Dialer;
  lines: BrowserLines;
  calls: Calls;
  store: CallStore;
  publicBaseUrl: string;
  log: Logger;
}

/** The phone in the browser, put together. */
export interface DevPhone {
  routes: Route[];
  /** Null where it is switched off. */
  onSocket: ((socket: WebSocket) => void) | null;
}

export function openDevPhone({ config, lines, calls, store, log, ...parts }: DevPhoneParts): DevPhone {
  if (!config.devPhone) return { routes: [], onSocket: null };
  const { live, sandboxControlUrl: controlUrl } = config;
  /** As the carrier would say it. */
  const tellEnd = async (carrierSid: string, billedSeconds: number) => {
    const call = await store.findByCarrierSid(carrierSid);
    if (call !== undefined)
      await calls.onCarrierState(call, { state: 'ended', status: 'completed', billedSeconds });
  };
  return {
    routes: devPhoneRoutes({ ...parts, controlUrl, live }),
    onSocket: (socket) =>
      serveMediaSocket(socket, {
        calls,
        clock: systemClock,
        log,
        onOpened: (carrierSid) =>
          lines.opened(carrierSid, socket, (seconds) => {
            tellEnd(carrierSid, seconds).catch((error: unknown) =>
              log.warn({ carrierSid, problem: describeError(error) }, 'the end of a line was not told'),
            );
          }),
      }),
  };
}
