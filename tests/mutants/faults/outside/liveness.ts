/** Faults that somebody drew who had not looked at the tests: departures, commits in memory, event streams. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a wait for an agent is announced with its end',
    file: 'server/liveness/sweep/departures.ts',
    edits: [
      [
        `    this.#opened(now + wait);
`,
        '',
      ],
    ],
    suites: ['liveness/sweep/departures'],
  },
  {
    promise: 'the end of an earlier wait leaves a later one of the slot',
    file: 'server/liveness/sweep/departures.ts',
    edits: [['if (ofCause.get(suspicion.slot) === suspicion) ofCause', 'ofCause']],
    suites: ['liveness/sweep/departures'],
  },
  {
    promise: 'a service whose wait is over is expected no more',
    file: 'server/liveness/sweep/departures.ts',
    edits: [['if (ofCause.get(suspicion.slot) === suspicion) ofCause.delete(suspicion.slot);', '']],
    suites: ['liveness/sweep/departures'],
  },
  {
    promise: 'a service that announced its return is not another one in its slot',
    file: 'server/liveness/sweep/departures.ts',
    edits: [
      ['expected?.service === service && expected.reports === reports', 'expected?.reports === reports'],
    ],
    suites: ['liveness/sweep/departures'],
  },
  {
    promise: 'a connection that ended before a report is no evidence after it',
    file: 'server/liveness/sweep/departures.ts',
    edits: [['lost?.service === service && lost.reports === reports', 'lost?.service === service']],
    suites: ['liveness/sweep/departures'],
  },
  {
    promise: 'a node that does not decide forgets only waits that ended long ago',
    file: 'server/liveness/sweep/departures.ts',
    edits: [
      [
        `    if (!this.#open.some(({ until }) => until < endedBefore)) return;
    this.over(endedBefore);`,
        '    this.#open = [];',
      ],
    ],
    suites: ['liveness/sweep/departures'],
  },
  {
    promise: 'a removed service leaves no connection to the next one in its slot',
    file: 'server/liveness/follow-commits.ts',
    edits: [
      [
        `    connections.forget(slot);
`,
        '',
      ],
    ],
    suites: ['liveness/follow-commits'],
  },
  {
    promise: 'a removed service leaves no flapping to the next one in its slot',
    file: 'server/liveness/follow-commits.ts',
    edits: [
      [
        `    damping.forget(slot);
`,
        '',
      ],
    ],
    suites: ['liveness/follow-commits'],
  },
  {
    promise: 'the end of an older service removes no newer one of its name',
    file: 'server/liveness/follow-commits.ts',
    edits: [
      [
        'if (slot === undefined || registry.service(slot)?.id !== service.id) return;',
        'if (slot === undefined) return;',
      ],
    ],
    suites: ['liveness/follow-commits'],
  },
  {
    promise: 'a service that another node calls silent is watched no more',
    file: 'server/liveness/follow-commits.ts',
    edits: [
      [
        `if (!service.live) deadlines.disarm(slot);
    else if`,
        'if',
      ],
    ],
    suites: ['liveness/follow-commits'],
  },
  {
    promise: 'agents learn that their service was disabled',
    file: 'server/liveness/follow-commits.ts',
    edits: [
      [
        'before.forcedDown !== service.forcedDown || before.disabled !== service.disabled',
        'before.forcedDown !== service.forcedDown',
      ],
    ],
    suites: ['liveness/follow-commits'],
  },
  {
    promise: 'a reader of events that takes nothing has answered no ping',
    file: 'server/hub/endpoints/sse-socket.ts',
    edits: [
      [
        `    this.drained(() => {
      if (this.#ended === undefined) this.#events?.pong();
    });`,
        '    this.#events?.pong();',
      ],
    ],
    suites: ['hub/endpoints/sse-socket'],
  },
  {
    promise: 'nothing follows the close of an event stream',
    file: 'server/hub/endpoints/sse-socket.ts',
    edits: [
      [
        `  #put(bytes: Uint8Array): void {
    if (this.#closing !== undefined || this.#ended !== undefined) return;`,
        `  #put(bytes: Uint8Array): void {
    if (this.#ended !== undefined) return;`,
      ],
    ],
    suites: ['hub/endpoints/sse-socket'],
  },
  {
    promise: 'the runtime is given a bounded piece of an event stream',
    file: 'server/hub/endpoints/sse-socket.ts',
    edits: [['if (count > 0 && (bytes >= PIECE || length >= PIECE)) break;', '']],
    suites: ['hub/endpoints/sse-socket'],
  },
  {
    promise: 'the middle of a text that many event streams share is not copied',
    file: 'server/hub/endpoints/sse-socket.ts',
    edits: [['(bytes >= PIECE || length >= PIECE)', 'bytes >= PIECE']],
    suites: ['hub/endpoints/sse-socket'],
  },
  {
    promise: 'readers of events are spread over a restart',
    file: 'server/hub/endpoints/sse-socket.ts',
    edits: [['least + this.#options.random() * (most - least)', 'least']],
    suites: ['hub/endpoints/sse-socket'],
  },
  {
    promise: 'no event within a snapshot is a place to resume from',
    file: 'server/hub/endpoints/sse-socket.ts',
    edits: [['RESUMABLE.has(type) ? CURSOR.exec(text)?.[1] : undefined', 'CURSOR.exec(text)?.[1]']],
    suites: ['hub/endpoints/sse-socket'],
  },
];
