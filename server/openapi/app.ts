import { Hono } from 'hono';
import { MAX_VERSION, MIN_VERSION, type Microversion, versionText } from '../nova/microversions.ts';
import { StaticAnswer } from '../socket/static-answer.ts';
import { openApi } from './document.ts';
import { docsPage } from './page.ts';

const KEPT = 4;

/** The content security policy: the page runs no script, loads nothing, and is shown in no frame. */
const PAGE_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};
const OPEN = { 'Access-Control-Allow-Origin': '*' };

/**
 * `/openapi.json` and `/docs`: public, for readers without a token.
 * @param url base of the paths; without a public one they are those of the server that the document comes from
 */
export function createOpenApi(url = '/'): Hono {
  const app = new Hono();
  /** Made at the first request, since it takes a while. The last few are kept. */
  const documents = new Map<Microversion, StaticAnswer>();
  const documentAt = (version: Microversion): StaticAnswer => {
    const known = documents.get(version);
    if (known !== undefined) return known;
    const document = new StaticAnswer(JSON.stringify(openApi(url, version)), 'application/json', OPEN);
    documents.set(version, document);
    const [oldest] = documents.keys();
    if (documents.size > KEPT && oldest !== undefined) documents.delete(oldest);
    return document;
  };
  let page: StaticAnswer | undefined;
  app.get('/openapi.json', (c) => {
    const version = versionOf(c.req.query('microversion'));
    if (version !== undefined) return documentAt(version).to(c.req.raw);
    const message = `microversion: write ${versionText(MIN_VERSION)} to ${versionText(MAX_VERSION)}`;
    return c.json({ error: { code: 'invalid', message } }, 400, OPEN);
  });
  app.get('/docs', (c) => {
    page ??= new StaticAnswer(docsPage(openApi(url)), 'text/html; charset=UTF-8', PAGE_HEADERS);
    return page.to(c.req.raw);
  });
  return app;
}

function versionOf(asked: string | undefined): Microversion | undefined {
  if (asked === undefined || asked === 'latest') return MAX_VERSION;
  const version = Number(/^2\.([1-9]\d*)$/.exec(asked)?.[1]);
  return version >= MIN_VERSION && version <= MAX_VERSION ? version : undefined;
}
