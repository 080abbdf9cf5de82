/**
 * What Nova's rules say of some four hundred questions about services and servers, at the versions around which they change.
 * `tests/vectors/nova-rules.jsonl` was written from the rules, not from answers: `is` tells by version a status, or the
 * names of the servers that are listed (`all` are those of the project).
 */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openCloud } from './cloud.ts';

interface Asked {
  readonly as: string;
  readonly ask: string;
  readonly body?: unknown;
  readonly is: Readonly<Record<string, number | 'all' | readonly string[]>>;
}

const ASKED: readonly Asked[] = readFileSync(new URL('../vectors/nova-rules.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

const test = suite('what Nova is asked');

test('a request is answered as its rules say, for every caller and version', async () => {
  const cloud = await openCloud();
  const differing: string[] = [];
  const namesOf = async (as: string, path: string, version: string) => {
    const answer = await cloud.request(as, 'GET', path, { version });
    return answer.status === 200
      ? (await answer.json()).servers.map(({ name }: { name: string }) => name).sort()
      : answer.status;
  };
  try {
    for (const { as, ask, body, is } of ASKED) {
      const [method = '', path = ''] = ask.split(' ');
      for (const [versions, expected] of Object.entries(is)) {
        for (const version of versions.split(' ')) {
          const found =
            typeof expected === 'number'
              ? (await cloud.request(as, method, `/v2.1${path}`, { version, body })).status
              : await namesOf(as, `/v2.1${path}`, version);
          const wanted = expected === 'all' ? await namesOf('alice', '/v2.1/servers', version) : expected;
          if (JSON.stringify(found) !== JSON.stringify(wanted))
            differing.push(`${as} at ${version}: ${ask} ${JSON.stringify(body)} is ${found}, not ${wanted}`);
        }
      }
    }
  } finally {
    await cloud.close();
  }
  assert.equal(differing, []);
});

test.run();
