import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keepRunning } from '../server/restart.ts';
import { noLogger } from '../server/telemetry/logger.ts';
import { until, within } from './support/within.ts';

const test = suite('starting again');

/** Starts nothing, and notes what is asked of it. */
class Starts {
  readonly done: string[] = [];
  /** How many of the next starts fail. */
  failing = 0;
  outdate: () => void = () => undefined;

  readonly start = async (port: number | undefined) => {
    if (this.failing > 0) {
      this.failing -= 1;
      this.done.push('failed');
      throw new Error('the database is away');
    }
    this.done.push(`start ${port}`);
    const outdated = Promise.withResolvers<void>();
    this.outdate = outdated.resolve;
    return {
      url: 'http://127.0.0.1:4321',
      outdated: outdated.promise,
      reloadPolicy: async () => undefined,
      reload: async () => undefined,
      close: async () => {
        this.done.push('close');
      },
    };
  };
}

test('all parts are closed and started again, on the same port', async () => {
  const starts = new Starts();
  const server = await keepRunning(starts.start, { logger: noLogger, pause: async () => undefined });
  starts.failing = 2;
  starts.outdate();
  await until('the second start', () => starts.done.at(-1) === 'start 4321');
  assert.equal(starts.done, ['start undefined', 'close', 'failed', 'failed', 'start 4321']);
  await server.close();
  assert.is(starts.done.at(-1), 'close');
});

test('a server that is closed while it starts again waits for nothing', async () => {
  const starts = new Starts();
  let pauses = 0;
  const server = await keepRunning(starts.start, {
    logger: noLogger,
    pause: () => {
      pauses += 1;
      return new Promise(() => undefined);
    },
  });
  starts.failing = 1;
  starts.outdate();
  await until('the pause', () => pauses === 1);
  await within('the close', server.close());
  assert.not(starts.done.includes('start 4321'));
});

test.run();
