import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CONFIG, settled, watched } from './support.ts';

const test = suite('faults');

const HOSTS = ['c0', 'c1', 'c2'] as const;
const TICK = 50;
/** From here on a stop is a pause: a quarter of the service_down_time. */
const PAUSE = CONFIG.serviceDownTime / 4;

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('run' as const), ms: fc.integer({ min: 50, max: 5_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('stop' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('set the wall clock' as const),
      ms: fc.integer({ min: -1e9, max: 1e9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fill the disk' as const), full: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('die' as const, 'live' as const),
      host: fc.constantFrom(...HOSTS),
    }),
  },
);

/** Three hosts, each reporting by its own clock while it lives, and a judge to whom things happen. */
test('through any faults no living service is silent, and every dead one is in time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      // Here a host may come and go as it likes; damping has a suite of its own.
      const w = await watched({ flapDamping: false });
      try {
        await w.report(...HOSTS);
        const alive = new Set<string>(HOSTS);
        const reportedAt = new Map(HOSTS.map((host) => [host as string, w.clock.monotonic()]));
        /** Running time since each host fell silent, and since the judge last was not itself. */
        const silentFor = new Map(HOSTS.map((host) => [host as string, 0]));
        let sincePause = Number.POSITIVE_INFINITY;
        let sinceRestart = Number.POSITIVE_INFINITY;
        let sinceFull = Number.POSITIVE_INFINITY;
        const statusOf = (host: string) => w.sent.findLast((change) => change.host === host)?.to;

        const run = async (ms: number) => {
          for (let passed = 0; passed < ms; passed += TICK) {
            w.clock.advance(TICK);
            w.timers.fire();
            // What waits in the sockets is read after the timers ran.
            const now = w.clock.monotonic();
            const due = [...alive].filter(
              (host) => now - (reportedAt.get(host) ?? 0) >= CONFIG.reportInterval,
            );
            if (due.length > 0) {
              const reports = w.report(...due);
              for (const host of due) reportedAt.set(host, now);
              await reports;
            }
            await settled();
            sincePause += TICK;
            sinceRestart += TICK;
            sinceFull = w.failing ? 0 : sinceFull + TICK;
            for (const host of HOSTS)
              silentFor.set(host, alive.has(host) ? 0 : (silentFor.get(host) ?? 0) + TICK);
            check();
          }
        };
        const check = () => {
          for (const host of HOSTS) {
            // An observer that doubts its own receiving has half a timeout more, and a quarter of a second to ask.
            const doubts = w.liveness.observer.state() === 'degraded';
            const more = doubts ? CONFIG.serviceDownTime / 2 + 250 : 0;
            const mustBeReported =
              (silentFor.get(host) ?? 0) > CONFIG.serviceDownTime + more &&
              sincePause > 1.5 * CONFIG.reportInterval + more &&
              sinceRestart > CONFIG.serviceDownTime + more &&
              sinceFull > 500 + more;
            if (mustBeReported) assert.is(statusOf(host), 'UNKNOWN', `${host} is dead and was not reported`);
          }
          for (const { host, to } of w.sent.slice(reported)) {
            if (to === 'UNKNOWN') assert.not(alive.has(host), `${host} lives and was called silent`);
            assert.is.not(to, 'DOWN');
          }
          reported = w.sent.length;
        };
        let reported = w.sent.length;

        for (const s of steps) {
          if (s.do === 'run') await run(s.ms);
          else if (s.do === 'stop') {
            w.stopped(s.ms);
            const isPause = s.ms + TICK > PAUSE;
            // Connections broke meanwhile: what was sent is lost, and agents send again with their next report.
            if (isPause) for (const host of alive) reportedAt.set(host, w.clock.monotonic());
            if (isPause) sincePause = 0;
            const before = { silent: new Map(silentFor), sinceRestart };
            await run(TICK);
            if (isPause) {
              // The tick that notices a pause is part of it.
              for (const [host, ms] of before.silent) silentFor.set(host, ms);
              sinceRestart = before.sinceRestart;
              sincePause = 0;
            }
          } else if (s.do === 'set the wall clock') w.clock.stepWall(s.ms);
          else if (s.do === 'restart') {
            await w.restart();
            sinceRestart = 0;
          } else if (s.do === 'fill the disk') w.failing = s.full;
          else if (s.do === 'die') alive.delete(s.host);
          else alive.add(s.host);
        }
        w.failing = false;
        sinceFull = 0;
        await run(2 * CONFIG.serviceDownTime);
        for (const host of HOSTS) assert.is(statusOf(host), alive.has(host) ? 'UP' : 'UNKNOWN');
      } finally {
        w.failing = false;
        await w.close();
      }
    }),
    { numRuns: 100 },
  );
});

test.run();
