import type { Response } from 'express';

/** Text that is safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A time for people who may be anywhere. */
export function when(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const STYLE = `
:root{color-scheme:light dark}
body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem;line-height:1.25}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}dt{opacity:.75}dd{margin:0}
table{width:100%;border-collapse:collapse}td,th{padding:.3rem 0;text-align:left}
td:last-child,th:last-child{text-align:right;font-variant-numeric:tabular-nums}tfoot td,tfoot th{border-top:1px solid}
button{font:inherit;padding:.7rem 1.2rem;border-radius:.5rem;border:1px solid;cursor:pointer;min-height:44px}
input{font:inherit;padding:.5rem;max-width:100%}
button.main{background:#1d4ed8;border-color:#1d4ed8;color:#fff}
:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}
form{margin:1rem 0}[role=alert]{font-weight:600}`;

export interface Page {
  title: string;
  /** Markup; whoever writes it has escaped what came from outside. */
  body: string;
  /** What it says will change: it is kept up to date while it is open. */
  isLive?: boolean;
}

/** Where the script is that keeps a page up to date. */
export const KEEP_FRESH_PATH = '/pay/keep-fresh.js';
/** Without scripts, a page is loaded anew instead. */
const KEPT_FRESH = `<script type="module" src="${KEEP_FRESH_PATH}"></script><noscript><meta http-equiv="refresh" content="3"></noscript>`;

/** A whole page without pictures or anything from elsewhere. */
export function sendPage(response: Response, status: number, { title, body, isLive = false }: Page): void {
  response
    .status(status)
    .set({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      // No form-action: an approval is sent on to Stripe's page, and browsers would count that as its target.
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'${isLive ? "; script-src 'self'; connect-src 'self'" : ''}`,
      'referrer-policy': 'no-referrer', // the address holds the key
    })
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${isLive ? KEPT_FRESH : ''}<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`,
    );
}
