import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { forceDown, isStillAlive, type OwnView, ownViews } from '../../../server/cli/services/run.ts';
import type { CliError } from '../../../server/cli/support/errors.ts';
import { EXIT } from '../../../server/cli/support/exit-codes.ts';
import { testTerminal } from '../output/terminal.ts';

const test = suite('services of the command line');

const view = (uuid: string): OwnView => ({
  uuid,
  facts: { forced_down: true, live: true },
  heard_while_forced_down_at: '2030-01-01T00:00:00Z',
});

test('every page of the services is read', async () => {
  const asked: string[] = [];
  const pages = [
    { services: [view('a'), view('b')], next: 'b&c' },
    { services: [view('c')], next: 'c' },
    { services: [], next: null },
  ];
  const get = async (path: string) => {
    asked.push(path);
    return { body: pages.shift() };
  };
  const views = await ownViews({ get } as never);
  assert.equal([...views.keys()], ['a', 'b', 'c']);
  assert.equal(asked, [
    '/v1/services?limit=1000',
    '/v1/services?limit=1000&marker=b%26c',
    '/v1/services?limit=1000&marker=c',
  ]);
});

test('a host is called alive if forced down, heard since, and not silent', () => {
  const alive = view('a');
  assert.ok(isStillAlive(alive));
  assert.not(isStillAlive({ ...alive, facts: { forced_down: true, live: false } }));
  assert.not(isStillAlive({ ...alive, facts: { forced_down: false, live: true } }));
  assert.not(isStillAlive({ ...alive, heard_while_forced_down_at: null }));
  assert.not(isStillAlive(undefined));
});

test('a force-down is not lifted with a reason or a fence', async () => {
  for (const more of [{ reason: 'rack on fire' }, { fence: 'confirmed' }]) {
    await forceDown('c1', { binary: 'nova-compute', undo: true, ...more } as never, testTerminal({})).then(
      () => assert.unreachable(),
      (error: CliError) => {
        assert.is(error.exit, EXIT.usage);
        assert.match(error.message, '--undo takes neither');
      },
    );
  }
});

test.run();
