import { Hono } from 'hono';
import { Recent } from '../domain/recent.ts';
import { type Steps, timeSlices } from '../limits/time-slices.ts';
import { MAX_VERSION, MIN_VERSION, type Microversion, versionText } from '../nova/microversions.ts';
import { StaticAnswer } from '../socket/static-answer.ts';
import { SERVER } from '../version.ts';
import { openApiSteps } from './document.ts';
import { docsPage } from './page.ts';
import { streamsPage } from './streams-page.ts';
import { unzipped, VIEWER_POLICY, viewerPage, viewerScript } from './viewer/viewer.ts';

/** How many documents are kept, by microversion. */
const KEPT = 4;

/** The content security policy of a page that runs no script, loads nothing, and is shown in no frame. */
const STILL = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
const SCRIPT = 'text/javascript; charset=UTF-8';
const OPEN = { 'Access-Control-Allow-Origin': '*' };

/**
 * `/openapi.json`, and `/docs` with the pages below it: public, for readers without a token.
 * @param url base of the paths; without a public one they are relative to the server that the document comes from
 */
export function createOpenApi(url = '/'): Hono {
  const app = new Hono();
  /** Made in steps at the first request. The last few documents are kept. */
  const documents = new Recent<Promise<StaticAnswer>>(KEPT);
  const documentAt = (version: Microversion): Promise<StaticAnswer> => {
    const known = documents.get(versionText(version));
    if (known !== undefined) return known;
    const document = timeSlices.run(() => documentSteps(url, version));
    documents.set(versionText(version), document);
    return document;
  };
  const once = keepOne();
  let script: ReturnType<typeof viewerScript> | undefined;
  let plain: Promise<StaticAnswer> | undefined;
  app.get('/openapi.json', async (c) => {
    const version = versionOf(c.req.query('microversion'));
    if (version !== undefined) return (await documentAt(version)).to(c.req.raw);
    const message = `microversion: write ${versionText(MIN_VERSION)} to ${versionText(MAX_VERSION)}`;
    return c.json({ error: { code: 'invalid', message } }, 400, OPEN);
  });
  app.get('/docs', (c) => {
    const asked = c.req.query('microversion');
    const version = versionOf(asked);
    if (asked === undefined || version === undefined) {
      return once('viewer', () => html(viewerPage(), VIEWER_POLICY)).to(c.req.raw);
    }
    return html(viewerPage(versionText(version)), VIEWER_POLICY).to(c.req.raw);
  });
  app.get('/docs/plain', async (c) => {
    plain ??= timeSlices.run(() => plainSteps(url));
    return (await plain).to(c.req.raw);
  });
  app.get('/docs/streams', (c) => once('streams', () => html(streamsPage(SERVER.version))).to(c.req.raw));
  app.get('/docs/redoc.js', async (c) => {
    script ??= viewerScript();
    script.catch(() => {
      script = undefined;
    });
    const compressed = await script;
    const zipped = { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' };
    if (/\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) {
      return once('script', () => new StaticAnswer(compressed, SCRIPT, zipped)).to(c.req.raw);
    }
    // All browsers accept gzip; other clients are rare enough to get an answer of their own.
    return new StaticAnswer(new Uint8Array(await unzipped(compressed)), SCRIPT).to(c.req.raw);
  });
  return app;
}

function* documentSteps(url: string, version: Microversion): Steps<StaticAnswer> {
  const { paths, ...rest } = yield* openApiSteps(url, version);
  const members: string[] = [];
  for (const [path, operations] of Object.entries(paths)) {
    members.push(`${JSON.stringify(path)}:${JSON.stringify(operations)}`);
    yield undefined;
  }
  const text = `${JSON.stringify(rest).slice(0, -1)},"paths":{${members.join(',')}}}`;
  return new StaticAnswer(text, 'application/json', OPEN);
}

function* plainSteps(url: string): Steps<StaticAnswer> {
  const document = yield* openApiSteps(url);
  yield undefined;
  return html(docsPage(document));
}

function html(text: string, policy = STILL): StaticAnswer {
  return new StaticAnswer(text, 'text/html; charset=UTF-8', { 'Content-Security-Policy': policy });
}

/** Each page is made at its first request. */
function keepOne(): (name: string, make: () => StaticAnswer) => StaticAnswer {
  const kept = new Map<string, StaticAnswer>();
  return (name, make) => {
    const answer = kept.get(name) ?? make();
    kept.set(name, answer);
    return answer;
  };
}

function versionOf(asked: string | undefined): Microversion | undefined {
  if (asked === undefined || asked === 'latest') return MAX_VERSION;
  const version = Number(/^2\.([1-9]\d*)$/.exec(asked)?.[1]);
  return version >= MIN_VERSION && version <= MAX_VERSION ? version : undefined;
}
