/** Where there is no hash to compare with, a guess takes the same place in the same queue. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Passwords } from '../../../server/identity/embedded/passwords.ts';
import { systemRandom } from '../../../server/identity/tokens/secrets.ts';
import { CHEAP } from '../world.ts';

const test = suite('passwords of nobody');

test('guesses at nobody wait, and are turned away, as those at somebody', async () => {
  const stored = await new Passwords(systemRandom, CHEAP).hash('right');
  const outcomes = [];
  for (const hash of [stored, undefined, null]) {
    const passwords = new Passwords(systemRandom, CHEAP);
    const guesses = Array.from({ length: 200 }, () => passwords.verify('wrong', hash));
    const settled = await Promise.allSettled(guesses);
    outcomes.push(settled.filter(({ status }) => status === 'fulfilled').length);
    assert.ok(settled.every((one) => one.status === 'rejected' || one.value === false));
  }
  assert.equal(outcomes, [129, 129, 129]);
});

test.run();
