/** `/docs` is read in a viewer that runs nothing but its own file, and asks nobody but its own server. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createOpenApi } from '../../server/openapi/app.ts';
import { unzipped, VIEWER_SHA256, viewerDigest, viewerScript } from '../../server/openapi/viewer/viewer.ts';

const test = suite('the viewer of the API reference');
const app = createOpenApi();

async function policyOf(path: string): Promise<string> {
  return (await app.request(path)).headers.get('content-security-policy') ?? '';
}

test('the file is the one that npm has', async () => {
  assert.is(viewerDigest(await unzipped(await viewerScript())), VIEWER_SHA256);
});

test('the page runs one file, evaluates no text and reaches its own server alone', async () => {
  const page = await (await app.request('/docs')).text();
  assert.equal([...page.matchAll(/<script[^>]*>/g)].map(String), ['<script src="docs/redoc.js">']);
  assert.not.match(page, /https?:\/\/(?!"\])/);
  const policy = await policyOf('/docs');
  assert.match(policy, "default-src 'none'");
  assert.match(policy, "script-src 'self';");
  assert.match(policy, "connect-src 'self'");
  assert.not.match(policy, /unsafe-eval|https?:|\*/);
});

test('the script comes compressed to who takes that, and plain to others', async () => {
  const zipped = await app.request('/docs/redoc.js', { headers: { 'accept-encoding': 'br, gzip' } });
  assert.is(zipped.headers.get('content-encoding'), 'gzip');
  const script = await unzipped(new Uint8Array(await zipped.arrayBuffer()));
  const plain = await app.request('/docs/redoc.js');
  assert.is(plain.headers.get('content-encoding'), null);
  assert.is(viewerDigest(new Uint8Array(await plain.arrayBuffer())), viewerDigest(script));
  const etag = zipped.headers.get('etag') ?? '';
  const again = await app.request('/docs/redoc.js', {
    headers: { 'accept-encoding': 'gzip', 'if-none-match': etag },
  });
  assert.is(again.status, 304);
});

test('a microversion that is asked for is the one that the viewer shows', async () => {
  const page = await (await app.request('/docs?microversion=2.53')).text();
  assert.match(page, 'spec-url="openapi.json?microversion=2.53"');
  const other = await (await app.request('/docs?microversion="><script>')).text();
  assert.match(other, 'spec-url="openapi.json"');
});

test('every frame of the streams is on a page that runs nothing', async () => {
  const page = await (await app.request('/docs/streams')).text();
  assert.match(await policyOf('/docs/streams'), "default-src 'none'");
  assert.not.match(page, /<script|src=/);
  for (const type of ['hello', 'welcome', 'event', 'auth_expiring', 'reported', 'io.hostbeat.changes'])
    assert.ok(page.includes(`</b> ${type}</code>`), type);
  const anchors = new Set([...page.matchAll(/id="([^"]+)"/g)].map(([, id]) => id));
  for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) assert.ok(anchors.has(id), id);
});

test.run();
