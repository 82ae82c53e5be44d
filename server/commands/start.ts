import { type App, startApp } from '../app.ts';
import { loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { retiredVariables } from '../variables.ts';
import { vendorTable } from '../vendors.ts';
import { loadDotEnv } from './environment.ts';

/** A drain that takes longer after the wait for calls is broken off; the carrier's time limits end what is left. */
const DRAIN_GRACE_MS = 60_000;
/** After a failed start, the time for its last words. */
const FAILED_START_GRACE_MS = 1_000;

/** Serves until SIGTERM or SIGINT, then drains; a second signal ends it at once. */
export async function start(_args: string[]): Promise<void> {
  loadDotEnv();
  const log = createLogger();
  process.on('unhandledRejection', (reason) =>
    log.error(
      { problem: String(reason) },
      'a promise was rejected and nobody was listening; this is a defect',
    ),
  );
  // Node keeps a timing of every fetch for a browser-like timeline that nobody reads.
  performance.setResourceTimingBufferSize(0);
  for (const [name, instead] of Object.entries(retiredVariables))
    if ((process.env[name] ?? '') !== '')
      log.warn({ variable: name, instead }, 'a variable is set that nothing reads');
  const config = loadConfig(process.env);
  const app = await startApp(config, log).catch((error: unknown) => {
    // What it had opened may keep the process: whoever starts it again has to see that it ended.
    setTimeout(() => process.exit(1), FAILED_START_GRACE_MS).unref();
    throw error;
  });
  process.stdout.write(`${vendorTable(app.config.vendors)}\n\n${whereToGo(app)}\n`);
  process.send?.({ port: app.port, publicBaseUrl: app.publicBaseUrl });

  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ waitMs: config.drainMs }, 'draining: no new calls; those that go on get time, then a goodbye');
    setTimeout(() => process.exit(1), config.drainMs + DRAIN_GRACE_MS).unref();
    app.stop().then(
      () => process.disconnect?.(),
      (error: unknown) => {
        log.error({ problem: String(error) }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What somebody opens next, a line each. */
function whereToGo({ publicBaseUrl, port, config, bootstrapUrl }: App): string {
  return [
    `Ringback listens on ${publicBaseUrl} (port ${port})`,
    ...(config.devPhone ? [`Talk to it in your browser:     ${publicBaseUrl}/dev-phone`] : []),
    ...(bootstrapUrl === null ? [] : [`First admin, once within a day: ${bootstrapUrl}`]),
    `Panel, and pages of users:      ${publicBaseUrl}/app`,
    'A token for programs:           npm run db:seed',
  ].join('\n');
}
