import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Closing } from '../../server/start/closing.ts';

const test = suite('closing');

test('the part opened last is closed first, and the next waits for its end', async () => {
  const closing = new Closing({ error: () => undefined });
  const closed: string[] = [];
  closing.add(() => void closed.push('database'));
  closing.add(async () => {
    closed.push('port…');
    await new Promise((then) => setImmediate(then));
    closed.push('port');
  });
  await closing.close();
  assert.equal(closed, ['port…', 'port', 'database']);
});

test('an end that fails is logged, and the others are called, each once', async () => {
  const errors: unknown[] = [];
  const closing = new Closing({ error: (...given: unknown[]) => void errors.push(given) } as never);
  let closed = 0;
  closing.add(() => {
    closed += 1;
  });
  closing.add(() => {
    throw new Error('broken');
  });
  closing.add(() => Promise.reject(new Error('broken too')));
  await closing.close();
  await closing.close();
  assert.equal([closed, errors.length], [1, 2]);
});

test.run();
