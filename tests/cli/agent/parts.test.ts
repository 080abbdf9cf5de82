import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_REPORTS } from '../../../client-sdk/protocol/agent.ts';
import { Agent } from '../../../server/cli/agent/agent.ts';
import { batches } from '../../../server/cli/agent/batches.ts';
import { namesOf } from '../../../server/cli/agent/checks/processes.ts';
import { Fences } from '../../../server/cli/agent/fences.ts';
import { LinkLost } from '../../../server/cli/agent/link.ts';
import { intervalOf, nextReport, retryDelay } from '../../../server/cli/agent/schedule.ts';
import { MAX_FRAME } from '../../../server/liveness/agents/endpoint.ts';

const test = suite('when and how much an agent speaks');

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const interval = fc.integer({ min: 100, max: 3_600_000 });

test('a report is never later than its interval, and obeys the server’s hint', () => {
  fc.assert(
    fc.property(interval, fc.boolean(), random, (ms, first, draw) => {
      const wait = nextReport(ms, true, first, () => draw);
      assert.ok(wait <= ms && wait >= ms / 2);
      assert.is(
        nextReport(ms, false, first, () => draw),
        ms,
      );
    }),
  );
});

test('agents that were started together are spread by the first wait', () => {
  assert.is(
    nextReport(10_000, true, true, () => 0.999),
    10_000 * (1 - 0.5 * 0.999),
  );
  assert.is(
    nextReport(10_000, true, true, () => 0),
    10_000,
  );
});

test('the own interval goes first, then the shortest that is asked for, within bounds', () => {
  assert.is(intervalOf(5_000, [1_000], 2_000), 5_000);
  assert.is(intervalOf(undefined, [7_000, 3_000, 9_000], 2_000), 3_000);
  assert.is(intervalOf(undefined, [], 2_000), 2_000);
  assert.is(intervalOf(undefined, [], undefined), 10_000);
  assert.is(intervalOf(undefined, [0], undefined), 100, 'a server gone mad makes no busy loop');
});

test('a retry comes within the report interval, whatever the answer asked for', () => {
  fc.assert(
    fc.property(
      fc.nat(100_000),
      interval,
      fc.option(fc.nat(9_999_999)),
      random,
      (attempt, ms, asked, draw) => {
        const delay = retryDelay(attempt, ms, asked ?? undefined, () => draw);
        const longest = Math.max(500, ms);
        assert.ok(delay <= longest);
        assert.ok(delay >= Math.min(asked ?? 0, longest * 0.75));
        if (asked === null) assert.ok(delay <= Math.min(10_000, longest));
      },
    ),
  );
  assert.ok(retryDelay(0, 60_000, undefined, () => 0.999) < 200, 'the first one comes soon');
});

test('a process is what runs, and not what its arguments name', () => {
  const names = (...words: string[]) =>
    namesOf(`${words[0]?.split('/').at(-1)?.slice(0, 15)}\n`, `${words.join('\0')}\0`);
  for (const words of [
    ['man', 'libvirtd'],
    ['grep', 'libvirtd', 'file'],
    ['vi', '/etc/libvirtd'],
    ['tail', '-f', 'libvirtd'],
    ['sh', '-c', 'libvirtd'],
    ['bash', '-lc', 'libvirtd'],
    ['python3', '-m', 'libvirtd'],
    ['python3', '/usr/bin/vi.py', 'libvirtd'],
    ['strace', 'libvirtd'],
    ['sudo', 'libvirtd'],
    ['sshd: libvirtd [priv]'],
  ])
    assert.not.ok(names(...words).includes('libvirtd'), words.join(' '));
  for (const words of [
    ['/usr/sbin/libvirtd', '--listen'],
    ['/usr/bin/python3', '/usr/bin/libvirtd'],
    ['/usr/bin/python3.11', '-u', '/usr/bin/libvirtd', '--config-file', 'x'],
    ['/bin/sh', '/usr/local/bin/libvirtd'],
    ['libvirtd: worker process'],
  ])
    assert.ok(names(...words).includes('libvirtd'), words.join(' '));
  assert.equal(namesOf('libvirtd\n', ''), [], 'a zombie runs no more');
});

test('the server’s interval lasts over a connection that does not mention one', async () => {
  const stop = new AbortController();
  const held: number[] = [];
  let reports = 0;
  const agent = new Agent({
    services: [{ host: 'c1', binary: 'nova-compute' }],
    tokens: { token: async () => 't', refused() {}, renewAt: undefined },
    servers: [
      {
        url: 'http://a',
        open: async () => ({
          lost: new AbortController().signal,
          reportIntervalMs: undefined,
          async report(services) {
            reports += 1;
            if (reports === 2) throw new LinkLost('unreachable', 'gone');
            const asked = { forced_down: false, disabled: false, interval_hint_ms: 150 };
            return {
              accepted: 1,
              rejected: [],
              services: services.map((service) => ({ ...service, ...asked })),
            };
          },
          async close() {},
          drop() {},
        }),
      },
    ],
    fences: new Fences({ say() {}, onFenced() {} }),
    checks: {
      async hold(interval) {
        if (held.push(interval) === 3) stop.abort({ reason: 'shutdown' });
        return true;
      },
    },
    intervalMs: undefined,
    say() {},
    stop: stop.signal,
    random: () => 0,
    monotonic: () => 0,
  });
  await agent.run();
  assert.equal(held, [10_000, 150, 150]);
});

test('services are sent in as few batches as allowed, all of them and in order', () => {
  const services = (count: number, length: number) =>
    Array.from({ length: count }, (_, n) => ({ host: `${n}`.padStart(length, 'h'), binary: 'nova-compute' }));
  for (const [count, length, most] of [
    [1, 1, 1],
    [10_000, 20, 1],
    [25_000, 20, 3],
    [10_000, 255, 3],
  ] as const) {
    const cut = batches(services(count, length));
    assert.equal(cut.flat(), services(count, length));
    assert.is(cut.length, most);
    for (const batch of cut) {
      assert.ok(batch.length > 0 && batch.length <= MAX_REPORTS);
      assert.ok(JSON.stringify({ type: 'report', seq: 1e15, reports: batch }).length < MAX_FRAME);
    }
  }
});

test.run();
