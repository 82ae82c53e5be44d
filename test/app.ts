import { openTemporaryDatabase, type TemporaryDatabase } from '../db/temporary.ts';
import { type App, startApp } from '../server/app.ts';
import { loadConfig } from '../server/config.ts';
import { issueToken } from '../server/http/access/tokens.ts';
import { createLogger } from '../server/log.ts';
import { sandboxEnvironment } from '../server/sandbox/environment.ts';
import { credentials, startTestSandbox, type TestSandbox } from './sandbox.ts';

/** A whole server on stand-ins and a database of its own. */
export interface TestApp {
  app: App;
  sandbox: TestSandbox;
  database: TemporaryDatabase;
  adminToken: string;
  /** Requests a path of the server with the admin's token. */
  api(
    path: string,
    options?: { method?: string; body?: unknown; token?: string | null },
  ): Promise<{ status: number; headers: Headers; text: string; json: unknown }>;
  close(): Promise<void>;
}

/** @param environment variables beside those of the stand-ins. */
export async function startTestApp(
  environment: Record<string, string> = {},
  openSandbox: () => Promise<TestSandbox> = startTestSandbox,
): Promise<TestApp> {
  const sandbox = await openSandbox();
  const database = await openTemporaryDatabase();
  const app = await startApp(
    loadConfig({
      PORT: '0',
      DATABASE_URL: database.ownerUrl,
      ...sandboxEnvironment(sandbox.urls, credentials),
      SANDBOX_CONTROL_URL: sandbox.controlUrl,
      ...environment,
    }),
    createLogger(process.env.LOG_LEVEL ?? 'silent'),
  );
  const adminToken = await issueToken(database.db, { role: 'admin', label: 'test' });
  return {
    app,
    sandbox,
    database,
    adminToken,
    async api(path, options = {}) {
      const token = options.token === undefined ? adminToken : options.token;
      const response = await fetch(app.publicBaseUrl + path, {
        method: options.method ?? 'GET',
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(options.body === undefined
          ? {}
          : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
      });
      const text = await response.text();
      const isJson =
        response.headers.get('content-type')?.includes('json') === true &&
        !response.headers.get('content-type')?.includes('ndjson');
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : null,
      };
    },
    async close() {
      await app.stop();
      await database.close();
      await sandbox.close();
    },
  };
}
