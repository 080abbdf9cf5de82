/** Faults that the simulation must notice by itself, so that its judgement can be trusted. */
import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a silence is looked at a second time',
    file: 'server/liveness/sweep/second-look.ts',
    edits: [['return isOverdue(deadlines.deadline(slot), now);', 'return true;']],
    suites: [],
    sim: { breaks: 'G5', within: 300 },
  },
  {
    promise: 'a pause of this process is taken out of the clock',
    file: 'server/liveness/observer/observer-clock.ts',
    // Not taken for a pause at all, it would be waited for as a stall is.
    edits: [['if (pause > 0) {', 'if (pause > 1e9) {']],
    suites: [],
    sim: { breaks: 'G5', within: 300 },
  },
  {
    promise: 'after a restart every service is granted a period',
    file: 'server/liveness/services/load.ts',
    edits: [
      ['registry.add(service, now(),', 'registry.add(service, now() - registry.downTime(service),'],
      ['Math.max(registry.downTime(service), 2 * registry.reportInterval(service))', '0'],
    ],
    suites: [],
    sim: { breaks: 'G5', within: 300 },
  },
  {
    promise: 'nothing is sent before it is committed',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [
      [
        'return committing.seal(gathering);',
        'const sealed = committing.seal(gathering); committing.announce(sealed); return sealed;',
      ],
    ],
    suites: [],
    sim: { breaks: 'G1', within: 300 },
  },
  {
    promise: 'what comes twice is skipped by seq',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [
      ['|| frames.seq <= this.#seen) return;', ') return;'],
      [
        'if (frames.from <= this.#seen + 1 && this.#take(frames.after(this.#seen))) return;',
        'if (this.#take(frames)) return;',
      ],
    ],
    suites: [],
    sim: { breaks: 'G1', from: 300, within: 300 },
  },
  {
    promise: 'a subscriber goes live only after it has read up to the newest row',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [['if (this.#seen >= this.#newest) {', 'if (this.#seen >= 0) {']],
    suites: [],
    sim: { breaks: 'G1', within: 300 },
  },
  {
    promise: 'everything that has arrived is read before a silence is committed',
    file: 'server/liveness/sweep/read-all.ts',
    edits: [
      ['if (caughtUp !== undefined) await caughtUp();', ''],
      ['turn < TURNS;', 'turn < 0;'],
    ],
    suites: [],
    sim: { breaks: 'G5', within: 300 },
  },
  {
    promise: 'silences of many at once are held for a limited time',
    file: 'server/liveness/sweep/mass-silence.ts',
    edits: [['now < heldUntil ? this.#doubt', 'true ? this.#doubt']],
    suites: [],
    sim: { breaks: 'G5', within: 300 },
  },
  {
    promise: 'a snapshot is taken for as new as it is and no newer',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [
      [
        'this.#begin(snapshot.placeBy(this.#view.visibility));',
        'this.#begin({ ...snapshot.placeBy(this.#view.visibility), seq: this.#newest });',
      ],
    ],
    suites: [],
    sim: { breaks: 'G2', within: 300 },
  },
  {
    promise: 'a change of the policy counts for open connections too',
    file: 'server/hub/hub.ts',
    edits: [['connection.onPolicyChanged();', 'void connection;']],
    suites: [],
    sim: { breaks: 'G3', within: 300 },
  },
  {
    promise: 'a connection ends when its token is revoked',
    file: 'server/hub/session/token-frames.ts',
    edits: [
      [
        'if (identity === undefined) outbox.close(CLOSE.tokenExpired);',
        'if (identity === undefined) return;',
      ],
    ],
    suites: [],
    sim: { breaks: 'G3', within: 300 },
  },
  {
    promise: 'an owner who sees UNKNOWN only is not sent other changes',
    file: 'server/domain/unknown-only.ts',
    edits: [["return (item.to === 'UNKNOWN') !== (item.from === 'UNKNOWN');", 'return true;']],
    suites: [],
    sim: { breaks: 'G2', within: 300 },
  },
  {
    promise: 'what the disk refused is not acknowledged',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [
      [
        'for (const command of batch) command.fail(unavailable(error));',
        'for (const command of batch) try { command.settle(); } catch { command.fail(unavailable(error)); }',
      ],
    ],
    suites: [],
    sim: { breaks: 'G4', within: 300 },
  },
  {
    promise: 'a report does not lift a force-down',
    file: 'server/domain/transition.ts',
    edits: [
      [
        '{ live: true, evidence: null, lastSeenUp: at, ...evidence }',
        '{ live: true, lastSeenUp: at, forcedDown: false }',
      ],
    ],
    suites: [],
    sim: { breaks: 'G6', within: 300 },
  },
  {
    promise: 'what is committed is sent at once',
    file: 'server/stream/feed.ts',
    edits: [
      [
        'for (const row of rows) this.#followed.get(row.stream)?.arrived(row);',
        'for (const row of rows) options.setTimer(() => this.#followed.get(row.stream)?.arrived(row), 100);',
      ],
    ],
    suites: [],
    sim: { breaks: 'G6', within: 300 },
  },
  {
    promise: 'a slow reader is not written to beyond its backlog',
    file: 'server/hub/delivery/outbox.ts',
    edits: [
      ['return this.#socket.bufferedAmount > this.#maxBacklog;', 'return false;'],
      ['return !this.#closed && this.#socket.bufferedAmount <=', 'return !this.#closed && 0 <='],
    ],
    suites: [],
    sim: { breaks: 'G8', within: 300 },
  },
  {
    promise: 'owners are told of maintenance',
    file: 'server/domain/fan-out.ts',
    edits: [['before.disabled !== after.disabled ||', '']],
    suites: [],
    sim: { breaks: 'G7', within: 300 },
  },
];
