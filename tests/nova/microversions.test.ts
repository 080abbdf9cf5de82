import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import { NovaFault } from '../../server/nova/faults.ts';
import { ELSEWHERE, MAX_VERSION, MIN_VERSION, negotiate, SINCE } from '../../server/nova/microversions.ts';
import { openCloud } from './cloud.ts';

const STANDARD = 'OpenStack-API-Version';
const LEGACY = 'X-OpenStack-Nova-API-Version';

const test = suite('microversions');

function asked(...headers: [string, string][]): number {
  return negotiate(new Headers(headers));
}

test('without a wish it is the oldest, and "latest" is the newest', () => {
  assert.is(asked(), MIN_VERSION);
  assert.is(asked([STANDARD, 'compute latest']), MAX_VERSION);
  assert.is(asked([LEGACY, 'latest']), MAX_VERSION);
});

test('the standard header overrides the older one, unless it names other services only', () => {
  assert.is(asked([STANDARD, 'compute 2.16'], [LEGACY, '2.1']), 16);
  for (const minor of [11, 12]) {
    assert.is(asked([STANDARD, 'identity 3.0'], [LEGACY, `2.${minor}`]), minor);
    assert.is(asked([STANDARD, 'compute 2.16'], [LEGACY, `2.${minor}`]), 16);
  }
});

test('the last of several versions for compute counts, in upper or lower case', () => {
  assert.is(asked([STANDARD, 'compute 2.3, identity 3.0, COMPUTE 2.9']), 9);
  assert.is(asked([STANDARD, 'compute 2.3'], [STANDARD, 'compute 2.4']), 4);
  assert.is(asked([LEGACY, '2.3, 2.7']), 7);
});

test('a name of a service without a version is as good as nothing', () => {
  assert.is(asked([STANDARD, 'compute']), MIN_VERSION);
  assert.is(asked([STANDARD, '']), MIN_VERSION);
  assert.is(asked([STANDARD, '2.16']), MIN_VERSION);
});

test('every version from the oldest to the newest is spoken', () => {
  fc.assert(
    fc.property(fc.integer({ min: MIN_VERSION, max: MAX_VERSION }), fc.boolean(), (minor, standard) => {
      const header: [string, string] = standard ? [STANDARD, `compute 2.${minor}`] : [LEGACY, `2.${minor}`];
      assert.is(asked(header), minor);
    }),
  );
});

test('every other well-formed version is 406, naming the version asked for', () => {
  const outside = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 999 }))
    .filter(([major, minor]) => major !== 2 || minor < MIN_VERSION || minor > MAX_VERSION);
  fc.assert(
    fc.property(outside, ([major, minor]) => {
      const error = thrownBy(() => asked([STANDARD, `compute ${major}.${minor}`]));
      assert.instance(error, NovaFault);
      assert.is((error as NovaFault).status, 406);
      assert.is((error as NovaFault).apiVersion, `${major}.${minor}`);
    }),
  );
});

test('any text at all is a version, a refusal or nothing, and never an accident', () => {
  const text = fc.string({ unit: 'grapheme-ascii' }).filter((value) => !/[\r\n\0]/.test(value));
  fc.assert(
    fc.property(text, fc.constantFrom(STANDARD, LEGACY), (value, name) => {
      try {
        const version = asked([name, value]);
        assert.ok(Number.isInteger(version) && version >= MIN_VERSION && version <= MAX_VERSION);
      } catch (error) {
        assert.ok(
          error instanceof NovaFault || (error instanceof DomainError && error.code === 'invalid'),
          String(error),
        );
      }
    }),
    { numRuns: 500 },
  );
});

for (const text of ['2', '2.01', 'v2.1', '2.1.1', 'LATEST', '02.1', '2.-1', '2.1 2.2', '2.', '.1', '٢.١']) {
  test(`"${text}" is not a version`, () => {
    const error = thrownBy(() => asked([STANDARD, `compute ${encodeHeader(text)}`]));
    assert.is((error as DomainError).code, 'invalid');
  });
}

test('every version says what it changes here, or why it changes nothing', () => {
  const here = new Set<number>(Object.values(SINCE));
  const elsewhere = Object.values(ELSEWHERE).flat();
  const said = [...here, ...elsewhere].sort((a, b) => a - b);
  assert.equal(
    said,
    Array.from({ length: MAX_VERSION - MIN_VERSION }, (_, n) => MIN_VERSION + 1 + n),
  );
  const inOrder = Object.values(SINCE) as number[];
  assert.equal(
    inOrder,
    inOrder.toSorted((a, b) => a - b),
  );
});

test('the page of the API has a line for each version that changes something', async () => {
  const page = await readFile(new URL('../../docs/nova-api.md', import.meta.url), 'utf8');
  const lines = [...page.matchAll(/^\| 2\.(\d+) \|/gm)].map(([, minor]) => Number(minor));
  assert.equal(lines, [...new Set<number>(Object.values(SINCE))]);
});

test('nothing is promised beyond the newest version', () => {
  for (const since of Object.values(SINCE)) assert.ok(since > MIN_VERSION && since <= MAX_VERSION);
});

test('every answer names the version it was made in, refusals too, and varies with it', async () => {
  const cloud = await openCloud({ empty: true });
  try {
    for (const path of ['/v2.1/servers', '/v2.1/servers/nosuch', '/v2.1/servers?limit=-1']) {
      const answer = await cloud.request('alice', 'GET', path, { version: '2.42' });
      assert.is(answer.headers.get(STANDARD), 'compute 2.42');
      assert.is(answer.headers.get(LEGACY), '2.42');
      assert.is(answer.headers.get('vary'), `${STANDARD}, ${LEGACY}`);
    }
  } finally {
    await cloud.close();
  }
});

test('a bad token precedes a bad version, and an unknown path both but the token', async () => {
  const cloud = await openCloud({ empty: true });
  try {
    const status = async (as: string, path: string) =>
      (await cloud.request(as, 'GET', path, { version: '9.9' })).status;
    assert.is(await status('nobody', '/v2.1/servers'), 401);
    assert.is(await status('alice', '/v2.1/servers'), 406);
    assert.is(await status('alice', '/v2.1/nosuch'), 404);
  } finally {
    await cloud.close();
  }
});

const NO_SUCH_PATH = 'The resource could not be found.';

for (const [path, oldest, newest] of [
  ['os-hosts', 1, 42],
  ['os-hosts/cmp-01', 1, 42],
  ['os-floating-ips', 1, 35],
  ['os-hypervisors/statistics', 1, 87],
  ['os-hypervisors/1/uptime', 1, 87],
  ['os-hypervisors/cmp/search', 1, 52],
  ['os-hypervisors/cmp/servers', 1, 52],
  ['servers/nosuch/tags', 26, MAX_VERSION],
] as const) {
  test(`/${path} is there from 2.${oldest} to 2.${newest} and in no other version`, async () => {
    const cloud = await openCloud({ empty: true });
    try {
      const isThere = async (minor: number) => {
        const answer = await cloud.request('admin', 'GET', `/v2.1/${path}`, { version: `2.${minor}` });
        return answer.status !== 404 || !(await answer.text()).includes(NO_SUCH_PATH);
      };
      assert.equal([await isThere(oldest), await isThere(newest)], [true, true]);
      if (oldest > MIN_VERSION) assert.not(await isThere(oldest - 1));
      if (newest < MAX_VERSION) assert.not(await isThere(newest + 1));
    } finally {
      await cloud.close();
    }
  });
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A header holds bytes: what is not Latin-1 comes in as its UTF-8. */
function encodeHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

test.run();
