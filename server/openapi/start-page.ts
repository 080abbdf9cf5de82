/**
 * `/` for a person with a browser: links to the other pages. Programs get the versions of the compute API at the same
 * path.
 */
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { StaticAnswer } from '../socket/static-answer.ts';
import { SERVER } from '../version.ts';

/** Relative, so that they also work behind a proxy that adds a path. */
const LINKS: readonly (readonly [href: string, name: string, what: string])[] = [
  ['dashboard', 'Dashboard', 'host_status of your servers, live; operators see every host'],
  ['docs', 'API reference', 'every path of the REST APIs, to read'],
  ['docs/streams', 'Streams and webhooks', 'every frame, to read'],
  ['openapi.json', 'openapi.json', 'the same for programs'],
  ['asyncapi.json', 'asyncapi.json', 'the frames of the stream, for programs'],
  ['v2.1/', 'Compute API', 'compatible with Nova; needs a token below this path'],
  ['identity/v3', 'Identity API', 'compatible with Keystone, where identity is embedded'],
  ['readyz', 'Readiness', 'whether this server can do its work, and why not'],
  ['metrics', 'Metrics', 'for Prometheus'],
];

/** The content security policy: the page runs no script, loads nothing, and is shown in no frame. */
const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  Vary: 'Accept',
};

/** Answers clients that prefer HTML; the compute API answers the others. */
export function createStartPage(): Hono {
  const app = new Hono();
  let page: StaticAnswer | undefined;
  app.get('/', async (c, next) => {
    const choice = { supports: ['application/json', 'text/html'], default: 'application/json' };
    if (accepts(c, { header: 'Accept', ...choice }) !== 'text/html') return next();
    page ??= new StaticAnswer(html(), 'text/html; charset=UTF-8', HEADERS);
    return page.to(c.req.raw);
  });
  return app;
}

function html(): string {
  const items = LINKS.map(([href, name, what]) => `<dt><a href="${href}">${name}</a><dd>${what}`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>hostbeat</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style>
<h1>hostbeat ${SERVER.version}</h1>
<p>Heartbeats in, host_status out: it tells the owner of a server at once that the host beneath it is gone.</p>
<dl>${items.join('\n')}</dl></html>
`;
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:40rem;margin:2rem auto;padding:0 1rem}
dt{margin-top:.6rem}dd{margin:0}`;
