/** A short look at the simulation with every `npm test`; `npm run sim` takes the long one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MUTANTS } from '../mutants/faults/simulation.ts';
import { History, statusOf } from './checker/history.ts';
import { Violations } from './checker/violations.ts';
import regressions from './regressions.json' with { type: 'json' };
import { simulate } from './simulate.ts';

const test = suite('simulation');

const SEEDS = 15;

for (const { seed, was } of regressions)
  test(`seed ${seed} holds: ${was}`, async () => {
    assert.equal((await simulate(seed)).violations, []);
  });

test('a world keeps all guarantees, whatever goes wrong in it', async () => {
  let committed = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violations, rows, acts } = await simulate(seed);
    assert.equal(violations, [], `seed ${seed}: npm run sim -- --seed ${seed} tells what happened`);
    assert.ok(acts > 100, `seed ${seed} is idle`);
    committed += rows;
  }
  assert.ok(committed > SEEDS);
});

test('one seed is one world, to the last line', async () => {
  const sent: string[][] = [[], []];
  for (const lines of sent) await simulate(4, (line) => lines.push(line));
  assert.ok((sent[0]?.length ?? 0) > 50);
  assert.equal(sent[0], sent[1]);
});

test('each guarantee has a guard that can be taken out', () => {
  const broken = new Set(MUTANTS.map(({ sim }) => sim?.breaks));
  assert.equal([...broken].sort(), ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'G8']);
});

test('the checker reads the rule of host_status as the document has it', () => {
  const facts = { forced_down: true, disabled: true, live: false };
  assert.is(statusOf(facts), 'MAINTENANCE');
  assert.is(statusOf({ ...facts, disabled: false }), 'DOWN');
  assert.is(statusOf({ ...facts, disabled: false, forced_down: false }), 'UNKNOWN');
  assert.is(statusOf({ ...facts, disabled: false, forced_down: false, live: true }), 'UP');
});

test('a stream of which nothing was committed has no head', () => {
  const history = new History(new Violations(() => 0), () => 0);
  assert.is(history.head('hosts'), 0);
});

test.run();
