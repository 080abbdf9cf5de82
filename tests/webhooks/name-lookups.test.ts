import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nameLookups } from '../../server/webhooks/name-lookups.ts';
import { FakeClock } from '../support/clock.ts';

const test = suite('name look-ups of webhooks');

type Answer = readonly { readonly address: string }[];

function counted(lookup: (host: string) => Promise<Answer>, timeout?: number) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const ask = nameLookups({
    clock,
    ...(timeout === undefined ? {} : { timeout }),
    lookup: (host) => {
      asked.push(host);
      return lookup(host);
    },
  });
  return { clock, asked, ask };
}

const found = async (): Promise<Answer> => [{ address: '192.0.2.1' }];
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('an answer that is too old is asked for again, by the same project too', async () => {
  const { clock, asked, ask } = counted(found);
  await ask('a.example', 'p');
  await settled();
  clock.advance(10_000);
  await ask('a.example', 'p');
  assert.is(asked.length, 2);
});

test('a failure is kept too, for a shorter time', async () => {
  const { clock, asked, ask } = counted(async () => Promise.reject(new Error('no such name')));
  const fails = async () =>
    assert.match((await ask('a.example', 'p').catch((error) => error)).message, /no such/);
  await fails();
  await settled();
  clock.advance(4_999);
  await fails();
  assert.is(asked.length, 1);
  clock.advance(1);
  await fails();
  assert.is(asked.length, 2);
});

test('the oldest of more than a thousand answers is forgotten', async () => {
  const { asked, ask } = counted(found);
  for (let n = 0; n <= 1_000; n++) await ask(`${n}.example`, 'p');
  await settled();
  await ask('1.example', 'p');
  assert.is(asked.length, 1_001);
  await ask('0.example', 'p');
  assert.is(asked.length, 1_002);
});

test('a look-up that ignores its signal ends at its time-out', async () => {
  const { ask } = counted(() => new Promise(() => undefined), 1);
  // The timer of the signal alone keeps no process alive.
  const alive = setTimeout(() => undefined, 30_000);
  const error = await ask('a.example', 'p').catch((caught: Error) => caught);
  clearTimeout(alive);
  assert.is((error as Error).name, 'TimeoutError');
});

test.run();
