/** Faults that somebody drew who knew the promises but not the tests: databases, and nodes on one of them. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a page of history begins before the number that was given, on PostgreSQL',
    file: 'db/postgres/tables/log.ts',
    edits: [['entry.seq < $3 ORDER BY', 'entry.seq <= $3 ORDER BY']],
    suites: ['db/postgres/store.pg'],
  },
  {
    promise: 'a page of the log begins after the number that was given, on PostgreSQL',
    file: 'db/postgres/tables/log.ts',
    edits: [['${number} > $2 AND', '${number} >= $2 AND']],
    suites: ['db/postgres/store.pg'],
  },
  {
    promise: 'young rows stay however many there are, on PostgreSQL',
    file: 'db/postgres/tables/log.ts',
    edits: [['(row.at >= before && removed >= surplus)', '(row.at >= before || removed >= surplus)']],
    suites: ['db/postgres/store.pg'],
  },
  {
    promise: 'a trim moves the floor of readers who see UNKNOWN only, on PostgreSQL',
    file: 'db/postgres/tables/log.ts',
    edits: [
      [
        'unknown_floor = coalesce(f.unknown_floor, streams.unknown_floor),',
        'unknown_floor = streams.unknown_floor,',
      ],
    ],
    suites: ['db/postgres/store.pg', 'db/unknown-only'],
  },
  {
    promise: 'the history of rows that were trimmed is removed, on PostgreSQL',
    file: 'db/postgres/tables/log.ts',
    edits: [
      [
        'WHERE log_id < coalesce((SELECT min(id) FROM log), 9223372036854775807)',
        'WHERE log_id < 0 AND coalesce((SELECT min(id) FROM log), 1) > 0',
      ],
    ],
    suites: ['db/postgres/store.pg'],
  },
  {
    promise: 'a server that was deleted in a transaction is on no host in it',
    file: 'db/postgres/commit/unit.ts',
    edits: [
      [
        'if (isPresent(instance) && instance.host === host) here.push',
        'if (instance?.host === host) here.push',
      ],
    ],
    suites: ['db/postgres/store.pg'],
  },
  {
    promise: 'a server that was moved in a transaction left its old host',
    file: 'db/postgres/commit/unit.ts',
    edits: [
      ['placed.filter(({ id }) => !this.instances.has(id))', 'placed.filter(({ id }) => id !== undefined)'],
    ],
    suites: ['db/postgres/store.pg'],
  },
  {
    promise: 'two services of one transaction have two numbers',
    file: 'db/postgres/commit/unit.ts',
    edits: [['this.nextServiceId = Math.max(this.nextServiceId, id + 1);', '']],
    suites: ['db/postgres/store.pg'],
  },
  {
    promise: 'a connection that was replaced does not end its successor',
    file: 'db/postgres/connection/writer.ts',
    edits: [
      [
        'if (client !== this.#client || !this.#up || this.#closed) return;',
        'if (!this.#up || this.#closed) return;',
      ],
    ],
    suites: ['db/postgres/writer', 'db/postgres/lost-connection'],
  },
  {
    promise: 'writes that wait for the connection go on with it',
    file: 'db/postgres/connection/writer.ts',
    edits: [['for (const settle of this.#waiting) settle(found.client);', '']],
    suites: ['db/postgres/lost-connection', 'db/postgres/store.pg'],
  },
  {
    promise: 'a new connection is examined before its first use',
    file: 'db/postgres/connection/writer.ts',
    edits: [['      await arrived(found);\n', '']],
    suites: ['db/postgres/lost-connection', 'db/postgres/two-processes', 'flows/failover'],
  },
  {
    promise: 'an expired watch key makes room for another, on PostgreSQL',
    file: 'db/postgres/tables/watch-keys.ts',
    edits: [
      ['        await db.delete(watchKeys).where(and(own, lte(watchKeys.expiresAt, key.createdAt)));\n', ''],
    ],
    suites: ['db/postgres/store.pg', 'identity/watch-keys'],
  },
  {
    promise: 'the last use of a watch key never goes back, on PostgreSQL',
    file: 'db/postgres/tables/watch-keys.ts',
    edits: [
      [
        '.where(and(eq(watchKeys.id, id), earlier));',
        '.where(and(eq(watchKeys.id, id), or(earlier, isNotNull(watchKeys.id))));',
      ],
    ],
    suites: ['db/postgres/store.pg', 'identity/watch-keys'],
  },
  {
    promise: 'other nodes learn that a webhook was removed',
    file: 'db/postgres/tables/webhooks.ts',
    edits: [['touched: gone.flatMap(touchedBy)', 'touched: []']],
    suites: ['db/postgres/store.pg', 'nodes/two-nodes'],
  },
  {
    promise: 'the old secret of a webhook is sealed too, on PostgreSQL',
    file: 'db/postgres/tables/webhooks.ts',
    edits: [
      [
        "...(typeof oldSecret === 'string' ? { oldSecret: this.#secrets.seal(oldSecret, id) } : {}),",
        "...(typeof oldSecret === 'string' ? { oldSecret } : {}),",
      ],
    ],
    suites: ['db/postgres/store.pg', 'identity/embedded/secrets-at-rest'],
  },
  {
    promise: 'a lease whose holder beats is not taken',
    file: 'db/postgres/nodes/link.ts',
    edits: [
      [
        'WHERE name = $1 AND epoch = $3 AND beat = $4 RETURNING',
        'WHERE name = $1 AND epoch = $3 AND $4::int IS NOT NULL RETURNING',
      ],
    ],
    suites: ['nodes/two-nodes', 'db/postgres/two-processes'],
  },
  {
    promise: 'a lost listener is connected again',
    file: 'db/postgres/nodes/link.ts',
    edits: [["      client.on('end', () => this.#again());\n", '']],
    suites: ['nodes/two-nodes', 'db/postgres/lost-connection'],
  },
  {
    promise: 'a synchronous standby that is away is called wrong',
    file: 'db/postgres/nodes/judge.ts',
    edits: [
      [
        "synchronousStandbyNames !== '' &&\n    standbys === 0 &&",
        "synchronousStandbyNames !== '' &&\n    standbys < 0 &&",
      ],
    ],
    suites: ['db/postgres/judge'],
  },
  {
    promise: 'an offline command does not work beside a server, on PostgreSQL',
    file: 'db/postgres/connection/exclusive.ts',
    edits: [["  throw taken(address, holder, 'this command needs it for itself');", '']],
    suites: ['db/postgres/two-processes', 'db/postgres/refused'],
  },
  {
    promise: 'what explains a change is of the same commit',
    file: 'db/sqlite/tables/log/commit-search.ts',
    edits: [['if (row.items.includes(correlationId)) this.found.push(row);', 'this.found.push(row);']],
    suites: ['db/sqlite/store.sqlite', 'explain/', 'flows/explain'],
  },
  {
    promise: 'the history of the observer is bounded',
    file: 'db/sqlite/tables/log/explanations.ts',
    edits: [['    forgetEntries.run(OBSERVER_ENTRIES_KEPT);\n', '']],
    suites: ['db/sqlite/store.sqlite', 'db/sqlite/tables'],
  },
  {
    promise: 'a list goes on exactly after its marker',
    file: 'db/sqlite/queries/walk.ts',
    edits: [['whole(values, start) <= 0) continue;', 'whole(values, start) < 0) continue;']],
    suites: ['db/sqlite/store.sqlite', 'nova/servers/list'],
  },
  {
    promise: 'an agent that left another node and reports here is not departed',
    file: 'server/liveness/nodes/shared-hearing.ts',
    edits: [['!service?.live || isReportedHere(slot)) continue;', '!service?.live) continue;']],
    suites: [
      'liveness/nodes',
      'nodes/nodes',
      'nodes/degraded',
      'nodes/model',
      'nodes/simulation',
      'nodes/digest',
    ],
  },
  {
    promise: 'services that a lost node heard get time to report elsewhere',
    file: 'server/liveness/nodes/shared-hearing.ts',
    edits: [['    for (const slot of slots) this.#grant(slot, at);\n', '']],
    suites: [
      'liveness/nodes',
      'nodes/nodes',
      'nodes/degraded',
      'nodes/model',
      'nodes/simulation',
      'nodes/digest',
    ],
  },
  {
    promise: 'departures that could not be sent are sent with the next digest',
    file: 'server/liveness/nodes/shared-hearing.ts',
    edits: [['    this.#departed.unshift(...departed);\n', '']],
    suites: [
      'liveness/nodes',
      'nodes/nodes',
      'nodes/degraded',
      'nodes/model',
      'nodes/simulation',
      'nodes/digest',
    ],
  },
  {
    promise: 'a slot that was given to another service forgets which node heard the first',
    file: 'server/liveness/nodes/reports-elsewhere.ts',
    edits: [['    this.#node[slot] = ANY;\n    this.#elsewhereAt', '    this.#elsewhereAt']],
    suites: [
      'liveness/nodes',
      'nodes/nodes',
      'nodes/degraded',
      'nodes/model',
      'nodes/simulation',
      'nodes/digest',
    ],
  },
  {
    promise: 'a record of a silence names a bounded number of hosts',
    file: 'server/liveness/sweep/record-silence.ts',
    edits: [['      if (hosts.length === NAMED) break;\n', '']],
    suites: ['liveness/sweep', 'explain/', 'flows/explain'],
  },
  {
    promise: 'what could not be stored of the observer is stored later',
    file: 'server/liveness/observer/observer-history.ts',
    edits: [['        this.#unstored = [...entries, ...this.#unstored].slice(-MOST_UNSTORED);\n', '']],
    suites: ['liveness/observer', 'liveness/sweep', 'explain/'],
  },
  {
    promise: 'what waits of the observer is bounded while the database is away',
    file: 'server/liveness/observer/observer-history.ts',
    edits: [['    if (this.#unstored.length > MOST_UNSTORED) this.#unstored.shift();\n', '']],
    suites: ['liveness/observer', 'liveness/sweep', 'explain/'],
  },
  {
    promise: 'a pause that is shorter than a change of state is in the history too',
    file: 'server/liveness/observer/observer-history.ts',
    edits: [['if (pause > 0 || this.#last', 'if (this.#last']],
    suites: ['liveness/observer', 'liveness/sweep', 'explain/'],
  },
];
