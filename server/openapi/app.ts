import { Hono } from 'hono';
import type { BaseUrl } from '../config/base-url.ts';
import { MAX_VERSION, MIN_VERSION, type Microversion, versionText } from '../nova/microversions.ts';
import { openApi } from './document.ts';
import { docsPage } from './page.ts';

const KEPT = 4;

/** `/openapi.json` and `/docs`: no secret, and for readers without a token. */
export function createOpenApi(baseUrl: BaseUrl): Hono {
  const app = new Hono();
  /** Made when first asked for: it takes a while, and all but the address is the same for everybody. The last few are kept. */
  const documents = new Map<Microversion, ReturnType<typeof openApi>>();
  const made = (request: Request, version = MAX_VERSION) => {
    const url = baseUrl(request);
    const document = documents.get(version) ?? openApi(url, version);
    documents.set(version, document);
    const [oldest] = documents.keys();
    if (documents.size > KEPT && oldest !== undefined) documents.delete(oldest);
    return { ...document, servers: [{ url }] };
  };
  app.get('/openapi.json', (c) => {
    const version = versionOf(c.req.query('microversion'));
    const headers = { 'Access-Control-Allow-Origin': '*' };
    if (version !== undefined) return c.json(made(c.req.raw, version), 200, headers);
    const message = `microversion: write ${versionText(MIN_VERSION)} to ${versionText(MAX_VERSION)}`;
    return c.json({ error: { code: 'invalid', message } }, 400, headers);
  });
  app.get('/docs', (c) =>
    c.html(docsPage(made(c.req.raw)), 200, {
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    }),
  );
  return app;
}

function versionOf(asked: string | undefined): Microversion | undefined {
  if (asked === undefined || asked === 'latest') return MAX_VERSION;
  const version = Number(/^2\.([1-9]\d*)$/.exec(asked)?.[1]);
  return version >= MIN_VERSION && version <= MAX_VERSION ? version : undefined;
}
