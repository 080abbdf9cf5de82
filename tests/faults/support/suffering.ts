/** A database in trouble under a running server, and out of it. */
import * as assert from 'uvu/assert';
import { until } from '../../support/within.ts';
import { say, sleep } from './form.ts';
import { DOWN_TIME, Site, V2_53 } from './site.ts';
import { sound } from './verdict.ts';

const HOSTS = 60;
/** For a busy machine. */
const MARGIN = 2 * DOWN_TIME;

export interface Fault {
  make(): void | Promise<void>;
  repair(): void | Promise<void>;
  readonly words: RegExp;
  /** How a switch is refused meanwhile. */
  readonly status?: number;
}

/**
 * While the fault lasts: known things are answered, switches are refused with 503 or 507, health says degraded and why, and
 * silences are withheld. Once the fault is repaired, without a restart, the withheld ones are committed, and all is well.
 * @returns how long the slowest answer took, in milliseconds
 */
async function suffers(site: Site, { make, repair, words, status = 503 }: Fault): Promise<number> {
  const admin = await site.admin();
  assert.is(await site.forceDown(admin, 'c1', true), 200);
  const loop = watchAnswers(site);
  await make();
  const dead = ['c10', 'c20', 'c30'];
  const died = Date.now();
  site.die(...dead);
  await until('it to be called degraded', async () => (await site.readyz()).observer === 'degraded');
  const { reason, ready } = await site.readyz();
  assert.match(`${reason}`, words);
  assert.not.ok(ready);
  assert.is(await site.forceDown(admin, 'c2', true), status);
  const read = await admin.request('GET', '/v2.1/os-services', undefined, V2_53);
  assert.is(read.json.services.length, HOSTS);
  await until('followers to see it', () => site.followers.every(({ observer }) => observer === 'degraded'));
  await sleep(DOWN_TIME);
  const before = site.followers.map(({ seq }) => seq);
  await sleep(500);
  assert.equal(
    site.followers.map(({ seq }) => seq),
    before,
    'what cannot be kept is not said',
  );
  await repair();
  const repaired = Date.now();
  await until('it to be well again', async () => (await site.readyz()).ready);
  assert.is(await site.forceDown(admin, 'c3', true), 200);
  await sleep(2_000);
  const longest = loop.stop();
  say(`degraded for ${repaired - died} ms: "${reason}"; the slowest answer took ${Math.round(longest)} ms`);
  await sound(site, {
    because: 'reports_stopped',
    alive: site.hosts.filter((host) => !dead.includes(host)),
    dead: dead.map((host) => ({ host, after: repaired - 1_000, by: repaired + DOWN_TIME + MARGIN })),
    switched: ['c1', 'c3'].map((host) => ({ host, forcedDown: true })),
  });
  return longest;
}

/** Asks for nothing but an answer, many times a second, until the server is gone or nobody wants to know. */
function watchAnswers(site: Site): { stop(): number } {
  let longest = 0;
  let stopped = false;
  void (async () => {
    while (!stopped) {
      const asked = performance.now();
      await fetch(`${site.url}/healthz`).then(
        (answer) => answer.text(),
        () => {
          stopped = true;
        },
      );
      longest = Math.max(longest, performance.now() - asked);
      await sleep(20);
    }
  })();
  return {
    stop() {
      stopped = true;
      return longest;
    },
  };
}

/**
 * `suffers` at a site of its own.
 * @param boot with what the server is started, beside what every site has
 */
export async function suffering(
  fault: (site: Site) => Fault,
  { folder, boot = [] }: { readonly folder?: string; readonly boot?: Parameters<Site['boot']> } = {},
): Promise<number> {
  await using site = await Site.open({ hosts: HOSTS, ...(folder === undefined ? {} : { folder }) });
  await site.boot(...boot);
  await site.people({ gateways: 4, followersEach: 1 });
  // Without `await` the site would be gone before anything is done.
  return await suffers(site, fault(site));
}
