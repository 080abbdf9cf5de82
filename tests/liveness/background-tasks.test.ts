import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BackgroundTasks } from '../../server/liveness/background-tasks.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';

const test = suite('background tasks');

test('a task that fails is logged, and its next turn comes', async () => {
  const timers = new ManualTimers(new FakeClock());
  const logged: string[] = [];
  const tasks = new BackgroundTasks(timers, {
    error: (_: unknown, text: string) => logged.push(text),
  } as never);
  let runs = 0;
  tasks.repeat(
    'the sweep',
    async () => {
      runs += 1;
      throw new Error('failed');
    },
    () => 100,
  );
  timers.advance(250);
  await tasks.end();
  assert.is(runs, 2);
  assert.equal(logged, ['the sweep failed', 'the sweep failed']);
  assert.is(timers.waiting, 0);
});

test('the end waits for what is under way', async () => {
  const tasks = new BackgroundTasks(new ManualTimers(new FakeClock()), { error: () => undefined } as never);
  const work = Promise.withResolvers<void>();
  let isOver = false;
  tasks.run(
    'work',
    work.promise.then(() => {
      isOver = true;
    }),
  );
  const ending = tasks.end();
  work.resolve();
  await ending;
  assert.ok(isOver);
});

test('work that begins the end is not repeated, nor planned again', async () => {
  const timers = new ManualTimers(new FakeClock());
  const tasks = new BackgroundTasks(timers, { error: () => undefined } as never);
  let runs = 0;
  const planAgain = tasks.repeat(
    'the sweep',
    async () => {
      runs += 1;
      void tasks.end();
    },
    () => 100,
  );
  timers.advance(1_000);
  assert.is(runs, 1);
  planAgain();
  timers.advance(1_000);
  assert.is(runs, 1);
  assert.is(timers.waiting, 0);
});

test('a new plan replaces the one before it', async () => {
  const timers = new ManualTimers(new FakeClock());
  const tasks = new BackgroundTasks(timers, { error: () => undefined } as never);
  let wait = 1_000;
  let runs = 0;
  const planAgain = tasks.repeat(
    'the sweep',
    async () => {
      runs += 1;
    },
    () => wait,
  );
  wait = 100;
  planAgain();
  assert.is(timers.waiting, 1);
  timers.advance(100);
  assert.is(runs, 1);
  wait = 5_000;
  timers.advance(950);
  assert.is(runs, 2);
  await tasks.end();
  assert.is(timers.waiting, 0);
});

test.run();
