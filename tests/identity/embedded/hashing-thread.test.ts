import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deriveInPool, deriveInThreads, keysAtOnce } from '../../../server/identity/embedded/derive-key.ts';
import { HashingThread, NICER_BY } from '../../../server/identity/embedded/hashing-thread.ts';
import { Passwords } from '../../../server/identity/embedded/passwords.ts';
import { systemRandom } from '../../../server/identity/tokens/secrets.ts';
import { CHEAP } from '../world.ts';

const test = suite('hashing thread');
const request = {
  secret: 'a secret',
  salt: new Uint8Array(16).fill(7),
  bytes: 32,
  cost: { N: 16, r: 1, p: 1, maxmem: 1_000_000 },
};
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );

/** The `nice` values of the threads of this process. */
function priorities(): number[] {
  return readdirSync('/proc/self/task').map((id) => {
    const afterName = readFileSync(`/proc/self/task/${id}/stat`, 'utf8').split(') ').at(-1) ?? '';
    return Number(afterName.split(' ')[16]);
  });
}

test('one key at a time on two processors or fewer, two on more', () => {
  for (const [processors, most] of [
    [1, 1],
    [2, 1],
    [3, 2],
    [64, 2],
  ] as const)
    assert.is(keysAtOnce(processors), most, `${processors}`);
});

test('no more keys at a time than that, for all users together', async () => {
  const most = keysAtOnce(availableParallelism());
  let running = 0;
  let highest = 0;
  const open: (() => void)[] = [];
  const passwords = new Passwords(systemRandom, CHEAP, async ({ bytes }) => {
    running += 1;
    highest = Math.max(highest, running);
    await new Promise<void>((resolve) => open.push(resolve));
    running -= 1;
    return new Uint8Array(bytes);
  });
  const users = ['anna', 'bert', 'cleo', 'dora', 'emil'];
  const hashes = users.map((key) => passwords.hash('pw', { key }));
  for (let ended = 0; ended < users.length; ended++) {
    await new Promise(setImmediate);
    open.shift()?.();
  }
  await Promise.all(hashes);
  assert.is(highest, most);
});

test('a thread derives the same keys as the pool, in order', async () => {
  const thread = new HashingThread();
  const secrets = ['one', 'two', 'three'].map((secret) => ({ ...request, secret }));
  const keys = await Promise.all(secrets.map((one) => thread.derive(one)));
  const expected = await Promise.all(secrets.map(deriveInPool));
  assert.equal(
    keys.map((key) => Buffer.from(key).toString('hex')),
    expected.map((key) => Buffer.from(key).toString('hex')),
  );
  assert.is(thread.pending, 0);
  await thread.end();
});

test('parameters that scrypt refuses are an error of that key alone', async () => {
  const thread = new HashingThread();
  const [bad, good] = await Promise.all([
    rejection(thread.derive({ ...request, cost: { ...request.cost, maxmem: 1 } })),
    thread.derive(request),
  ]);
  assert.match(bad?.message ?? '', /scrypt/i);
  assert.is(good.length, 32);
  await thread.end();
});

test('a thread that ends fails what it had, and the next key starts another', async () => {
  const thread = new HashingThread();
  const lost = rejection(thread.derive({ ...request, cost: { N: 2 ** 17, r: 8, p: 4, maxmem: 2 ** 30 } }));
  await thread.end();
  assert.match((await lost)?.message ?? '', /ended/);
  assert.is((await thread.derive(request)).length, 32);
  await thread.end();
});

test('each of several threads gets work before one gets two', async () => {
  const threads = [new HashingThread(), new HashingThread()];
  const derive = deriveInThreads(threads);
  const keys = [derive(request), derive(request)];
  assert.equal(
    threads.map(({ pending }) => pending),
    [1, 1],
  );
  await Promise.all(keys);
  await Promise.all(threads.map((thread) => thread.end()));
});

if (process.platform === 'linux' && !('Deno' in globalThis) && process.versions.bun === undefined) {
  test('the event loop goes before the thread', async () => {
    const before = priorities();
    const lower = Math.min(...before) + NICER_BY;
    const count = (all: number[]) => all.filter((nice) => nice === lower).length;
    const thread = new HashingThread();
    await thread.derive(request);
    assert.is(count(priorities()), count(before) + 1);
    await thread.end();
  });
}

test.run();
