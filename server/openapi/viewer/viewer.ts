/** The viewer of `/docs`: Redoc as npm publishes it, read at the first request. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Of `bundles/redoc.standalone.js` of redoc 2.5.4. */
export const VIEWER_SHA256 = 'dcaf76612bc4a3fbcc923a8966dee2f6146a5f32e5ce1b6f02dd60cbbf89500b';

/** Its bytes, compressed by gzip. */
export function viewerScript(): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(new URL('./redoc.js.gz', import.meta.url));
}

export const unzipped = promisify(gunzip);

export function viewerDigest(script: Uint8Array): string {
  return createHash('sha256').update(script).digest('hex');
}

/**
 * What the page may do: run the viewer, call its own server, use styles that the viewer makes, and search in a worker
 * that it makes. It loads nothing from other servers, and runs no text as code.
 */
export const VIEWER_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "connect-src 'self'",
  'img-src data:',
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** @param version microversion of the compute API; without it, the newest */
export function viewerPage(version?: string): string {
  const query = version === undefined ? '' : `?microversion=${version}`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>hostbeat API</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style>
<nav><b>hostbeat</b> <a href="dashboard">dashboard</a> <a href="docs/streams">streams and webhooks</a>
<a href="openapi.json${query}">openapi.json</a> <a href="asyncapi.json">asyncapi.json</a> <a href="docs/plain">without scripts</a></nav>
<noscript><p>This page needs scripts; <a href="docs/plain">this one</a> does not.</noscript>
<redoc spec-url="openapi.json${query}" sanitize hide-download-button required-props-first expand-responses="200,201" theme='${THEME}'></redoc>
<script src="docs/redoc.js"></script></html>`;
}

const FONTS = 'system-ui, sans-serif';
const THEME = JSON.stringify({
  typography: {
    fontFamily: FONTS,
    fontSize: '15px',
    headings: { fontFamily: FONTS },
    code: { fontFamily: 'ui-monospace, monospace' },
  },
  colors: { primary: { main: '#0b63b8' } },
});
/** The viewer's own logo at the foot is an image on another server. */
const STYLE = `body{margin:0;font:15px/1.5 system-ui,sans-serif}nav{padding:.5rem 1rem;background:#1b2430;color:#fff;display:flex;flex-wrap:wrap;gap:1rem}
nav a{color:#bcd8f5}noscript p{padding:1rem}img[src^="https://"]{display:none}`;
