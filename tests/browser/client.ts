/** The client in a real Chromium against a real server. */
import '../../server/runtime/supported.mjs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Lines } from '../sdk/support/lines.ts';
import { Site } from '../sdk/support/site.ts';
import { JOURNAL, lead } from '../sdk/support/tour.ts';
import { Chromium, type Page } from './chromium.ts';

const test = suite('client in Chromium');

let chromium: Chromium;

test.before(async () => {
  chromium = await Chromium.launch();
});
test.after(() => chromium[Symbol.asyncDispose]());

/** The journey and the client's entry points as one script, in the page's global `sdk`. */
async function loadSdk(page: Page): Promise<void> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from './client-sdk/src/index.ts';
        export { travel } from './tests/sdk/support/journey.ts';`,
      resolveDir: join(import.meta.dirname, '../..'),
    },
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'sdk',
    target: 'es2024',
    write: false,
  });
  await page.evaluate(`${outputFiles[0]?.text}; globalThis.sdk = sdk; undefined`);
}

/** A page of the server's own origin, with the client in it. */
async function pageOf(site: Site, lines: Lines): Promise<Page> {
  const page = await chromium.page(`${site.url}/healthz`);
  await loadSdk(page);
  await page.bind('say', lines.add);
  return page;
}

test('it lives through a fence, a restart and a crash of the server', async () => {
  await using site = await Site.open();
  const lines = new Lines();
  const page = await pageOf(site, lines);
  const journey = { url: site.url, token: await site.token(), server: site.server };
  const travelling = page.evaluate(`sdk.travel(${JSON.stringify(journey)}, say)`);
  await Promise.all([lead(site, [lines]), travelling]);
  assert.equal(lines.all, JOURNAL);
  assert.equal(page.errors, []);
});

test('where no WebSocket gets through it lives through the same by events', async () => {
  await using site = await Site.open();
  const lines = new Lines();
  const page = await pageOf(site, lines);
  const journey = { url: site.url, token: await site.token(), server: site.server };
  const travelling = page.evaluate(`sdk.travel({
    ...${JSON.stringify(journey)},
    WebSocket: class extends WebSocket {
      constructor(url, protocols) {
        super(url.replace('/v1/stream', '/blocked'), protocols);
      }
    },
  }, say)`);
  await Promise.all([lead(site, [lines]), travelling]);
  assert.equal(lines.all, JOURNAL);
  assert.equal(page.errors, []);
});

for (const tokenIn of ['bearer', 'ticket']) {
  test(`it is let in with its token in ${tokenIn}`, async () => {
    await using site = await Site.open();
    const page = await pageOf(site, new Lines());
    const token = await site.token();
    await page.evaluate(`(async () => {
      const ticket = async () => {
        const headers = { 'x-auth-token': ${JSON.stringify(token)} };
        return (await (await fetch('/v1/tickets', { method: 'POST', headers })).json()).ticket;
      };
      const token = ${tokenIn === 'ticket'} ? ticket : ${JSON.stringify(token)};
      const client = sdk.connect({ url: location.origin, token, tokenIn: '${tokenIn}' });
      await client.synced;
      await client.close();
    })()`);
    assert.equal(page.errors, []);
  });
}

test('it checks its connection when the network changes or the page is shown again', async () => {
  await using site = await Site.open();
  const lines = new Lines();
  const page = await pageOf(site, lines);
  await page.evaluate(`(async () => {
    class Telling extends WebSocket {
      send(data) {
        const { type } = JSON.parse(data);
        if (type === 'ping') say('ping ' + ++this.pings);
        super.send(data);
      }
      pings = 0;
    }
    globalThis.client = sdk.connect({ url: location.origin, token: ${JSON.stringify(await site.token())}, WebSocket: Telling });
    await client.synced;
  })()`);
  const network = (offline: boolean) =>
    page.send('Network.emulateNetworkConditions', {
      offline,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
  await network(true);
  await lines.heard('ping 1');
  await network(false);
  await lines.heard('ping 2');
  // A headless page is never hidden: the browser's event of being seen again is played to it.
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await lines.heard('ping 3');
  assert.is(await page.evaluate('client.state'), 'live');
  await page.evaluate('client.close()');
});

test.run();
