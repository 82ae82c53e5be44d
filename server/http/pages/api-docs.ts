import path from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import { packageRoot } from '../../paths.ts';

/** Where the API can be read and tried out. */
export const DOCS_PATH = '/docs';

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Ringback: the API</title><link rel="stylesheet" href="${DOCS_PATH}/assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="${DOCS_PATH}/assets/swagger-ui-bundle.js"></script>
<script type="module" src="${DOCS_PATH}/api-docs.js"></script></body></html>`;

/** Swagger UI over /openapi.json, from our own server alone. */
export function apiDocsPages(): Router {
  const router = Router();
  router.get('/', (_request, response) => {
    response
      .set({
        'content-type': 'text/html; charset=utf-8',
        // Swagger UI sets styles on its elements, and draws its icons from data: addresses.
        'content-security-policy':
          "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      })
      .send(PAGE);
  });
  router.get('/api-docs.js', (_request, response) =>
    response.sendFile(path.join(packageRoot, 'web', 'api-docs.js')),
  );
  const swagger = path.dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  router.use('/assets', express.static(swagger, { index: false, maxAge: '1d' }));
  return router;
}
