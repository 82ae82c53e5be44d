import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Router } from 'express';
import { packageRoot } from '../../paths.ts';

/** Where the API can be read as one page. */
export const REFERENCE_PATH = '/redoc';

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Ringback: the API</title><style>body{margin:0}</style></head>
<body><div id="redoc"></div><script src="${REFERENCE_PATH}/redoc.standalone.js"></script>
<script type="module" src="${REFERENCE_PATH}/api-reference.js"></script></body></html>`;

/** ReDoc over /openapi.json, from our own server alone. Of its package only the one file is used (decision 0015). */
export function apiReferencePage(): Router {
  const router = Router();
  router.get('/', (_request, response) => {
    response
      .set({
        'content-type': 'text/html; charset=utf-8',
        // ReDoc sets styles on its elements, and looks words up in a worker that it makes of a blob.
        'content-security-policy':
          "default-src 'none'; script-src 'self'; worker-src blob:; connect-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      })
      .send(PAGE);
  });
  router.get('/api-reference.js', (_request, response) =>
    response.sendFile(path.join(packageRoot, 'web', 'api-reference.js')),
  );
  const bundle = path.join(
    path.dirname(fileURLToPath(import.meta.resolve('redoc/package.json'))),
    'bundles',
    'redoc.standalone.js',
  );
  router.get('/redoc.standalone.js', (_request, response) => response.sendFile(bundle, { maxAge: '1d' }));
  return router;
}
