/** `/` has two readers: a person with a browser and a client of the compute API. Neither gets the other's answer. */
import { Hono } from 'hono';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createStartPage } from '../../server/openapi/start-page.ts';

const test = suite('the start page');
const app = new Hono().route('/', createStartPage()).notFound((c) => c.json({ versions: [] }, 300));
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

test('a browser gets links that stay on this server, and nothing that is loaded or run', async () => {
  const answer = await app.request('/', { headers: { accept: BROWSER } });
  assert.is(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', 'text/html');
  assert.match(answer.headers.get('content-security-policy') ?? '', "default-src 'none'");
  assert.match(answer.headers.get('vary') ?? '', 'Accept');
  const html = await answer.text();
  for (const path of ['dashboard', 'docs', 'openapi.json', 'asyncapi.json', 'v2.1/'])
    assert.match(html, `href="${path}"`);
  assert.not.match(html, /https?:|src=|<script|<link/);
});

test('a client gets the versions, whatever its Accept header says', async () => {
  for (const accept of [undefined, '*/*', 'application/json', 'application/json, text/html;q=0.5']) {
    const answer = await app.request('/', accept === undefined ? {} : { headers: { accept } });
    assert.is(answer.status, 300, accept ?? 'no Accept');
  }
});

test.run();
