import path from 'node:path';
import { type Response, Router } from 'express';
import expressStaticGzip from 'express-static-gzip';
import { packageRoot } from '../../paths.ts';
import { sendProblem } from '../problems.ts';

const BUILT = path.join(packageRoot, 'dist', 'web');
/** Styles are set on elements by the component library; everything else comes from files of ours. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "media-src 'self' blob:", // a recording that was loaded whole
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The browser's side: one page for every address under /app, and its files, whose names change with what is in them. */
export function panelPages(): Router {
  const router = Router();
  router.use(
    '/assets',
    expressStaticGzip(path.join(BUILT, 'assets'), {
      index: false,
      enableBrotli: true,
      orderPreference: ['br', 'gz'],
      serveStatic: { immutable: true, maxAge: '1y' },
    }),
    (_request, response) =>
      sendProblem(response, 404, 'not_found', 'There is no such file.', 'Load the page again.'),
  );
  router.get('/{*page}', (_request, response, next) => sendIndex(response, next));
  return router;
}

function sendIndex(response: Response, next: (error?: unknown) => void): void {
  response.set({
    'content-security-policy': POLICY,
    'cache-control': 'no-cache',
    'referrer-policy': 'same-origin',
  });
  response.sendFile(path.join(BUILT, 'index.html'), (error) => {
    if (error === undefined || response.headersSent) return;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return next(error);
    sendProblem(
      response,
      503,
      'web_missing',
      'The pages have not been built.',
      'Run npm run build, and load this again.',
    );
  });
}
