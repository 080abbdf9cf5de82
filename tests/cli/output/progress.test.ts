import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { progressTo } from '../../../server/cli/support/progress.ts';

const test = suite('command line: progress');

test('long work reports its progress every few seconds, short work not at all', () => {
  let now = 0;
  const said: string[] = [];
  const progress = progressTo({ err: (text) => void said.push(text) }, () => now);
  progress('servers', 500, 2_000);
  assert.equal(said, []);
  now = 5_000;
  progress('servers', 1_000, 2_000);
  progress('servers', 1_500, 2_000);
  now = 10_000;
  progress('lines sent', 1_700);
  assert.equal(said, ['hostbeat: 1000 of 2000 servers\n', 'hostbeat: 1700 lines sent\n']);
});

test.run();
