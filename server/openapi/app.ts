import { Hono } from 'hono';
import type { BaseUrl } from '../config/base-url.ts';
import { openApi } from './document.ts';
import { docsPage } from './page.ts';

/** `/openapi.json` and `/docs`: no secret, and for readers without a token. */
export function createOpenApi(baseUrl: BaseUrl): Hono {
  const app = new Hono();
  let document: ReturnType<typeof openApi> | undefined;
  /** Made once, when it is first asked for: it takes a while, and all but the address is the same for everybody. */
  const made = (request: Request) => {
    const url = baseUrl(request);
    document ??= openApi(url);
    return { ...document, servers: [{ url }] };
  };
  app.get('/openapi.json', (c) => c.json(made(c.req.raw), 200, { 'Access-Control-Allow-Origin': '*' }));
  app.get('/docs', (c) =>
    c.html(docsPage(made(c.req.raw)), 200, {
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    }),
  );
  return app;
}
