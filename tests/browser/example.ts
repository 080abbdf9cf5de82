/** The example page, served by its own server from the installed package, in a real Chromium. */
import '../../server/runtime/supported.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Site } from '../sdk/support/site.ts';
import { bin, Stranger } from '../sdk/support/stranger.ts';
import { within } from '../support/within.ts';
import { Chromium } from './chromium.ts';

const test = suite('example page in Chromium');

test('it shows servers, says when it may be out of date, and has no token', async () => {
  await using stranger = await Stranger.open();
  await cp(join(stranger.installed, 'examples'), join(stranger.path, 'examples'), { recursive: true });
  await using site = await Site.open();
  const token = await site.token();
  const child = spawn(bin('node'), ['browser/serve.ts'], {
    cwd: join(stranger.path, 'examples'),
    env: { PATH: process.env.PATH, HOSTBEAT_URL: site.url, OS_TOKEN: token, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [url] = (await within('the page', once(createInterface(child.stdout), 'line'))) as [string];
    await using chromium = await Chromium.launch();
    const page = await chromium.page(url);
    const rehearsal = await chromium.page(`${url}/?drills`);
    const shows = (status: string) =>
      page.until(`document.querySelector('tbody').innerText.includes('web\\t${status}')`);
    const notice = (text: string) =>
      page.until(`document.querySelector('#notice').innerText.startsWith('${text}')`);
    await shows('UP');
    await notice('Live');
    const rehearses = (cells: string) =>
      rehearsal.until(`document.querySelector('tbody').innerText.includes('web\\t${cells}')`);
    await rehearses('UP');
    await site.drill('DOWN');
    await rehearses('DOWN, in a drill');
    await shows('UP');
    await site.drill(undefined);
    await rehearses('UP');
    await site.switch({ forced_down: true });
    await shows('DOWN');
    await site.switch({ status: 'disabled' });
    await shows('MAINTENANCE (forced down)');
    await site.kill();
    await notice('Out of date');
    await site.start();
    await notice('Live');
    const held = await page.evaluate<string>(
      'document.documentElement.outerHTML + JSON.stringify(localStorage)',
    );
    assert.not(held.includes(token));
    assert.is(
      (await fetch(`${url}/ticket`, { method: 'POST' })).status,
      404,
      "another site's page gets no ticket",
    );
    for (const path of ['/serve.ts', '/..%2fprintable.ts', '/hostbeat-client/..%2f..%2fpackage.json']) {
      assert.is((await fetch(url + path)).status, 404, path);
    }
    assert.equal([...page.errors, ...rehearsal.errors], []);
  } finally {
    child.kill('SIGKILL');
  }
});

test.run();
