import path from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import { packageRoot } from '../../paths.ts';

/** A page over /openapi.json, from our own server alone. */
interface DocsPage {
  at: `/${string}`;
  /** The library's folder. */
  assets: string;
  head: string;
  bundle: string;
  /** Ours, in web/; it starts the library on the element with the id `docs`. */
  script: string;
  /** What the library needs beside scripts of our own: both set styles on their elements. */
  policy: string;
}

const PAGES: readonly DocsPage[] = [
  {
    at: '/docs',
    assets: folderOf('swagger-ui-dist'),
    head: '<link rel="stylesheet" href="/docs/assets/swagger-ui.css">',
    bundle: 'swagger-ui-bundle.js',
    script: 'api-docs.js',
    policy: "style-src 'self' 'unsafe-inline'",
  },
  {
    // Of the package only the one file is used (decision 0015). It looks words up in a worker that it makes of a blob.
    at: '/redoc',
    assets: path.join(folderOf('redoc'), 'bundles'),
    head: '<style>body{margin:0}</style>',
    bundle: 'redoc.standalone.js',
    script: 'api-reference.js',
    policy: "style-src 'unsafe-inline'; worker-src blob:",
  },
];

/** Where the API can be read: Swagger UI at /docs, where it can also be tried out, and ReDoc at /redoc. */
export function apiDocsPages(): Router {
  const router = Router();
  for (const page of PAGES) {
    router.get(page.at, (_request, response) => {
      response
        .set({
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': `default-src 'none'; script-src 'self'; connect-src 'self'; ${page.policy}; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        })
        .send(htmlOf(page));
    });
    router.get(`${page.at}/${page.script}`, (_request, response) =>
      response.sendFile(path.join(packageRoot, 'web', page.script)),
    );
    router.use(`${page.at}/assets`, express.static(page.assets, { index: false, maxAge: '1d' }));
  }
  return router;
}

function htmlOf({ at, head, bundle, script }: DocsPage): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Ringback: the API</title>${head}</head>
<body><div id="docs"></div><script src="${at}/assets/${bundle}"></script>
<script type="module" src="${at}/${script}"></script></body></html>`;
}

function folderOf(packageName: string): string {
  return path.dirname(fileURLToPath(import.meta.resolve(`${packageName}/package.json`)));
}
