import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import { LONGEST_SECRET } from '../../../server/identity/credential-limits.ts';
import { DEFAULT_COST, Passwords } from '../../../server/identity/embedded/passwords.ts';
import { systemRandom } from '../../../server/identity/tokens/secrets.ts';
import { CHEAP } from '../world.ts';

const test = suite('passwords');
const passwords = new Passwords(systemRandom, CHEAP);

test('the right password verifies, another does not', async () => {
  const stored = await passwords.hash('correct horse');
  assert.match(stored, /^scrypt\$ln=4,r=1,p=1\$[\w-]{22}\$[\w-]{43}$/);
  assert.ok(await passwords.verify('correct horse', stored));
  for (const wrong of ['Correct horse', 'correct horse ', '', 'x'.repeat(100_000)]) {
    assert.not(await passwords.verify(wrong, stored));
  }
});

test('one password has two hashes', async () => {
  assert.is.not(await passwords.hash('same'), await passwords.hash('same'));
});

test('a hash keeps its own cost', async () => {
  const stored = await passwords.hash('old');
  assert.ok(await new Passwords(systemRandom, { ln: 5, r: 2, p: 1 }).verify('old', stored));
});

test('where there is nothing to compare with, the work is done and the answer is no', async () => {
  let salts = 0;
  const counted = new Passwords((size) => {
    salts++;
    return systemRandom(size);
  }, CHEAP);
  for (const nothing of [undefined, null, '', 'scrypt$broken']) assert.not(await counted.verify('', nothing));
  assert.is(salts, 4);
});

test('an empty password and an endless one are refused', async () => {
  for (const bad of ['', 'x'.repeat(LONGEST_SECRET + 1)]) {
    const error = await passwords.hash(bad).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.instance(error, DomainError);
    assert.is((error as DomainError).code, 'invalid');
  }
});

test('the default cost works here', async () => {
  const real = new Passwords(systemRandom, DEFAULT_COST);
  assert.ok(await real.verify('pw', await real.hash('pw')));
});

test('more logins at once than may wait are turned away, the others are all served', async () => {
  const stored = await passwords.hash('pw');
  const answers = await Promise.allSettled(Array.from({ length: 200 }, () => passwords.verify('pw', stored)));
  const served = answers.filter((answer) => answer.status === 'fulfilled');
  const turnedAway = answers.filter((answer) => answer.status === 'rejected');
  assert.ok(served.every(({ value }) => value));
  assert.is(served.length, 129);
  assert.ok(turnedAway.every(({ reason }) => reason instanceof DomainError && reason.code === 'too_many'));
  assert.ok(await passwords.verify('pw', stored), 'and afterwards the queue takes work again');
});

test.run();
