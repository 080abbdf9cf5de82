/** Some worlds of several nodes with every run of the tests; `npm run sim:nodes` runs many. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runWorld } from './world/world.ts';

const test = suite('worlds of several nodes');

test('no silence while a node that lives has a report, whatever fails', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const { violations } = await runWorld(seed);
    assert.equal(violations, [], `seed ${seed}: node tests/nodes/run.ts --seed ${seed}`);
  }
});

test.run();
