import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a force-down commits before a queue of silences',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [
      [
        'this.#urgent.size > 0 ? this.#urgent : this.#normal',
        'this.#normal.size > 0 ? this.#normal : this.#urgent',
      ],
    ],
    suites: [
      'db/postgres/store.pg',
      'db/sqlite/store.sqlite',
      'db/sqlite/trouble',
      'hub/delivery/urgent',
      'nova/services',
      'api/services',
    ],
  },
  {
    promise: 'one transaction holds a limited number of commands',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [['batch.length === MAX_COMMANDS || ', '']],
    suites: ['db/sqlite/commit-queue'],
  },
  {
    promise: 'one transaction holds a limited number of items',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [['() => gathering.items < MAX_ITEMS', '() => true']],
    suites: ['db/sqlite/commit-queue'],
  },
  {
    promise: 'a command that is refused does not undo the others',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [['const refused = refusal(error);', 'const refused = refusal(error); throw refused;']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'a database that another program holds is tried again',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [["if (this.#mayStillBegin(error)) return 'later';", '']],
    suites: ['db/sqlite/outsiders', 'db/sqlite/trouble'],
  },
  {
    promise: 'busy time-outs are restored once the lock is free',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [['waitForOthers(this.#client);', '']],
    suites: ['db/sqlite/commit-queue'],
  },
  {
    promise: 'tries of a held database end',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [[' || this.#busyTries >= BUSY_RETRIES', '']],
    suites: ['db/sqlite/outsiders', 'db/sqlite/trouble'],
  },
  {
    promise: 'what waits at the end is written before the file closes',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [['while (this.#waiting()) this.#flush();', '']],
    suites: ['db/sqlite/commit-queue'],
  },
  {
    promise: 'nothing is taken after the end',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [
      [
        "if (this.#closed) return Promise.reject(new DomainError('unavailable', 'The database is closed'));",
        '',
      ],
    ],
    suites: ['db/sqlite/commit-queue'],
  },
  {
    promise: 'checkpoints go on after the first',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [['this.#sincePause = 0;', 'this.#sincePause = Number.NEGATIVE_INFINITY;']],
    suites: ['db/sqlite/commit-queue'],
  },
  {
    promise: 'on PostgreSQL a force-down commits before a queue of silences',
    file: 'db/postgres/commit/commit-queue.ts',
    edits: [['const isUrgent = this.#urgent.length > 0;', 'const isUrgent = this.#normal.length === 0;']],
    suites: ['db/postgres/commit-queue'],
  },
  {
    promise: 'on PostgreSQL one transaction holds a limited number of commands',
    file: 'db/postgres/commit/commit-queue.ts',
    edits: [['queue.splice(0, this.#most)', 'queue.splice(0)']],
    suites: ['db/postgres/commit-queue'],
  },
  {
    promise: 'a transaction of PostgreSQL reads the rows of few more commands than it takes',
    file: 'db/postgres/commit/commit-queue.ts',
    edits: [['left.length > 0 ? batch.length - left.length + 1', 'left.length > 0 ? MAX_COMMANDS']],
    suites: ['db/postgres/commit-queue'],
  },
  {
    promise: 'commands that a transaction of PostgreSQL did not take come first in the next',
    file: 'db/postgres/commit/commit-queue.ts',
    edits: [
      ['else this.#normal = [...left, ...this.#normal];', 'else this.#normal = [...this.#normal, ...left];'],
    ],
    suites: ['db/postgres/commit-queue'],
  },
  {
    promise: 'on PostgreSQL what waits at the end is written',
    file: 'db/postgres/commit/commit-queue.ts',
    edits: [['    this.#closed = true;\n    await this.#running;', '    this.#closed = true;']],
    suites: ['db/postgres/commit-queue'],
  },
  {
    promise: 'on PostgreSQL nothing is taken after the end',
    file: 'db/postgres/commit/commit-queue.ts',
    edits: [
      [
        "if (this.#closed) return Promise.reject(new DomainError('unavailable', 'The database is closed'));",
        '',
      ],
    ],
    suites: ['db/postgres/commit-queue'],
  },
  {
    promise: 'a trouble of PostgreSQL that is for good does not end with a write',
    file: 'db/postgres/commit/write-health.ts',
    edits: [
      ['if (this.#words === undefined || this.#final) return;', 'if (this.#words === undefined) return;'],
    ],
    suites: ['db/postgres/commit-queue'],
  },
  {
    promise: 'a clock that was set back begins a new entry of the lineage on PostgreSQL',
    file: 'db/postgres/commit/lineage-entry.ts',
    edits: [['return Math.abs(jump) >= JUMP;', 'return jump >= JUMP;']],
    suites: ['db/postgres/commit-queue'],
  },
  {
    promise: 'a write-ahead log beyond its bound is measured again',
    file: 'db/sqlite/file/upkeep/checkpointer.ts',
    edits: [
      ['this.#again = setTimeout(() => this.tidy(), this.#bounds.tryAgainMs);\n    this.#again.unref();', ''],
    ],
    suites: ['db/'],
  },
  {
    promise: 'a checkpoint never runs in a database that is in memory',
    file: 'db/sqlite/file/upkeep/checkpointer.ts',
    edits: [['this.#path === IN_MEMORY || ', '']],
    suites: ['db/'],
    equivalent: 'a worker would open an empty database of its own, and find nothing to write back',
  },
  {
    promise: 'while the write-ahead log is over its bound last reports are not written',
    file: 'db/sqlite/store.ts',
    edits: [['if (isOverBound) return;', '']],
    suites: ['db/sqlite/tables'],
  },
  {
    promise: 'a listener to commits that throws does not keep news from the others',
    file: 'db/listeners.ts',
    edits: [
      ["        this.#logger.error({ err: error }, 'a listener to commits threw');", '        throw error;'],
    ],
    suites: ['db/'],
  },
  {
    promise: 'a listener that left is called no more',
    file: 'db/listeners.ts',
    edits: [['return () => this.#listeners.delete(own);', 'return () => false;']],
    suites: ['db/'],
  },
  {
    promise: 'a database that is damaged takes no writes',
    file: 'db/sqlite/store.ts',
    edits: [['if (this.#trouble.refuses) return Promise.reject', 'if (false) return Promise.reject']],
    suites: ['db/'],
  },
  {
    promise: 'facts of hosts are read again after a commit',
    file: 'db/sqlite/store.ts',
    edits: [['this.tables.facts.committed(committed);', '']],
    suites: ['db/'],
  },
  {
    promise: 'trouble ends with the first write that succeeds',
    file: 'db/sqlite/store.ts',
    edits: [['kept: () => this.#trouble.passed(),', 'kept: () => undefined,']],
    suites: ['db/sqlite/trouble'],
  },
  {
    promise: 'trouble is asked about again without a write',
    file: 'db/sqlite/commit/write-health.ts',
    edits: [['this.#askAgain();', '']],
    suites: ['db/sqlite/trouble'],
  },
  {
    promise: 'a damaged database stays refused although a write succeeds',
    file: 'db/sqlite/commit/write-health.ts',
    edits: [
      ['if (this.#words === undefined || this.#damaged) return;', 'if (this.#words === undefined) return;'],
    ],
    suites: ['db/sqlite/commit-queue'],
  },
  {
    promise: 'trouble is asked about by one timer',
    file: 'db/sqlite/commit/write-health.ts',
    edits: [['if (this.#asking) return;', '']],
    suites: ['db/sqlite/commit-queue'],
  },
  {
    promise: 'a restore takes the -wal and -shm of the old database away',
    file: 'db/sqlite/file/backup.ts',
    edits: [["const PARTS = ['', '-wal', '-shm'];", "const PARTS = [''];"]],
    suites: ['db/sqlite/backup', 'cli/backup'],
  },
  {
    promise: 'a restore makes a new epoch',
    file: 'db/sqlite/file/backup.ts',
    edits: [['renewEpoch(connection);', '']],
    suites: ['db/sqlite/backup', 'cli/backup'],
  },
  {
    promise: 'a backup never replaces a file',
    file: 'db/sqlite/file/backup.ts',
    edits: [['if (existsSync(to)) throw', 'if (false) throw']],
    suites: ['db/sqlite/backup', 'cli/backup'],
  },
  {
    promise: 'a restore keeps the database that it replaces',
    file: 'db/sqlite/file/backup.ts',
    edits: [['existsSync(path) ? moveAside(path) : undefined', 'undefined']],
    suites: ['db/sqlite/backup', 'cli/backup'],
  },
  {
    promise: 'a restore does not run beside a server',
    file: 'db/sqlite/file/backup.ts',
    edits: [['const lock = lockDatabase(path);', 'const lock = { release() {} };']],
    suites: ['db/sqlite/backup', 'cli/backup'],
  },
  {
    promise: 'a damaged file is not backed up',
    file: 'db/sqlite/file/backup.ts',
    edits: [['examineWhole(from);', '']],
    suites: ['db/sqlite/backup', 'cli/backup'],
  },
  {
    promise: 'two servers never open the same file',
    file: 'db/sqlite/file/lock.ts',
    edits: [["client.exec('BEGIN IMMEDIATE');\n  } catch", '} catch']],
    suites: ['db/'],
  },
  {
    promise: 'two servers of one process never open the same file',
    file: 'db/sqlite/file/lock.ts',
    edits: [['if (heldHere.has(file)) throw locked(path, process.pid);', '']],
    suites: ['db/'],
  },
  {
    promise: 'a database of a newer version is not opened',
    file: 'db/sqlite/file/preflight.ts',
    edits: [['if (applied.every((hash) => known.has(hash))) return', 'if (true) return']],
    suites: ['db/'],
  },
  {
    promise: 'a database of another program is not opened',
    file: 'db/sqlite/file/preflight.ts',
    edits: [['refuseForeign(client, path);', '']],
    suites: ['db/'],
  },
  {
    promise: 'a damaged database is not opened',
    file: 'db/sqlite/file/preflight.ts',
    edits: [
      ["if (verdict !== 'ok') throw damaged(path, verdict);\n  return undefined;", 'return undefined;'],
    ],
    suites: ['db/'],
  },
  {
    promise: 'every commit is on the disk before it is sent',
    file: 'db/sqlite/file/connection.ts',
    edits: [["client.pragma('synchronous = FULL');", '']],
    suites: ['db/'],
  },
  {
    promise: 'a row never refers to one that is not there',
    file: 'db/sqlite/file/connection.ts',
    edits: [["client.pragma('foreign_keys = ON');", '']],
    suites: ['db/'],
    equivalent: 'the migration that follows at each start turns the keys on in any case',
  },
  {
    promise: 'files of the database are closed to other users',
    file: 'db/sqlite/file/private-file.ts',
    edits: [['const OWNER_ONLY = 0o600;', 'const OWNER_ONLY = 0o644;']],
    suites: ['db/', 'identity/embedded/secrets-at-rest'],
  },
  {
    promise: 'a removed database file is noticed',
    file: 'db/sqlite/file/file-watch.ts',
    edits: [
      ["if (was === undefined || is === was || is === 'unknown') return undefined;", 'return undefined;'],
    ],
    suites: ['db/'],
  },
  {
    promise: 'a change of an instance is logged for its owner',
    file: 'db/sqlite/commit/run-decision.ts',
    edits: [['if (change !== undefined && owner !== undefined) this', 'if (false) this']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'a true change ends the drill of its server in its own commit',
    file: 'db/sqlite/commit/run-decision.ts',
    edits: [['drills.endedBy(projectId, changes)', 'changes']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'a drill is kept until it ends',
    file: 'db/sqlite/store.ts',
    edits: [['drills.write(changed.writes());', '']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'an audit entry commits with what it records',
    file: 'db/sqlite/commit/run-decision.ts',
    edits: [['if (decision.audit !== undefined) this.#audit.add(decision.audit);', '']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite', 'api/audit', 'flows/audit'],
  },
  {
    promise: 'actions of an instance that is purged go with it',
    file: 'db/sqlite/commit/run-decision.ts',
    edits: [['this.#actions.removeAll(id);', '']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'an instance that changed is read again',
    file: 'db/sqlite/tables/instances.ts',
    edits: [
      [
        '  put(instance: Instance): void {\n    this.#version++;\n    this.#recent.delete(instance.id);',
        '  put(instance: Instance): void {\n    this.#version++;',
      ],
    ],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'what a list kept is void after an instance changed',
    file: 'db/sqlite/tables/instances.ts',
    edits: [
      ['  put(instance: Instance): void {\n    this.#version++;\n', '  put(instance: Instance): void {\n'],
    ],
    suites: ['db/', 'nova/servers/list'],
  },
  {
    promise: 'last_seen_up never goes back',
    file: 'db/sqlite/tables/services.ts',
    edits: [['max(coalesce(last_seen_up, 0), ?)', '?1']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'audit entries that are kept are limited in number',
    file: 'db/sqlite/tables/log/audit.ts',
    edits: [['if (surplus > 0) forget.run(share, surplus);', '']],
    suites: ['db/sqlite/tables'],
  },
  {
    promise: 'actions that are kept of one server are limited in number',
    file: 'db/sqlite/tables/actions.ts',
    edits: [['this.#statements.forget.run(instanceId, instanceId, KEPT);', '']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'trimming keeps as many rows as configured',
    file: 'db/sqlite/tables/log/log.ts',
    edits: [['row.at >= before && removed >= surplus', 'row.at >= before']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite', 'stream/retention'],
  },
  {
    promise: 'trimming removes a limited number of bytes at once',
    file: 'db/sqlite/tables/log/log.ts',
    edits: [[' || bytes >= MAX_TRIMMED_BYTES', '']],
    suites: ['stream/retention'],
  },
  {
    promise: 'trimming raises the floor of its streams',
    file: 'db/sqlite/tables/log/log.ts',
    edits: [
      [
        'this.#statements.raiseFloor.run(floor, entry, unknownFloor, unknownEntry, stream);',
        'void [floor, entry, unknownFloor, unknownEntry, stream];',
      ],
    ],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'a clock that was set back begins a new entry of the lineage',
    file: 'db/sqlite/tables/log/lineage.ts',
    edits: [['if (Math.abs(jump) < JUMP) return;', 'if (jump < JUMP) return;']],
    suites: ['db/sqlite/tables'],
  },
  {
    promise: 'every start is an entry of the lineage',
    file: 'db/sqlite/tables/log/lineage.ts',
    edits: [["client.transaction(() => this.#write('start'))();", '']],
    suites: ['db/lineage'],
  },
  {
    promise: 'the history index notices a restored log',
    file: 'db/sqlite/tables/log/history.ts',
    edits: [['if (at > ((newest.get() as number | null) ?? 0)) at = 0;', '']],
    suites: ['db/postgres/store.pg', 'db/sqlite/store.sqlite', 'hub/endpoints/history'],
  },
  {
    promise: 'the history index forgets rows that were trimmed',
    file: 'db/sqlite/tables/log/history.ts',
    edits: [['const forgotten = forget.run(BATCH).changes;', 'const forgotten: number = 0;']],
    suites: ['db/sqlite/tables'],
  },
  {
    promise: 'tokens of a user are limited in number, the oldest end',
    file: 'db/sqlite/tables/accounts/accounts.ts',
    edits: [['if (live <= most) return [];', 'return [];']],
    suites: ['identity/embedded/accounts.sqlite', 'identity/embedded/login-limits'],
  },
  {
    promise: 'tokens without a condition are never removed at once',
    file: 'db/sqlite/tables/accounts/accounts.ts',
    edits: [['if (where === undefined) throw', 'if (false) throw']],
    suites: ['db/sqlite/tables'],
  },
  {
    promise: 'a project that is removed takes its assignments along',
    file: 'db/sqlite/tables/accounts/directory.ts',
    edits: [
      [
        "      tx.delete(assignments)\n        .where(isOn(assignments, { on: 'project', id }))\n        .run();\n",
        '',
      ],
    ],
    suites: ['identity/embedded/accounts.sqlite'],
  },
  {
    promise: 'secrets of webhooks are sealed in the database',
    file: 'db/sqlite/tables/webhooks.ts',
    edits: [['(text) => this.#secrets.seal(text, id)', '(text) => text']],
    suites: ['identity/embedded/secrets-at-rest', 'webhooks/', 'db/'],
  },
  {
    promise: 'a sealed secret cannot be moved to another row',
    file: 'db/sealed-text.ts',
    edits: [
      ['    cipher.setAAD(Buffer.from(place));\n', ''],
      ['    decipher.setAAD(Buffer.from(place));\n', ''],
    ],
    suites: ['identity/embedded/secrets-at-rest', 'webhooks/', 'db/'],
  },
  {
    promise: 'SQLite replaces a hash only while the password is the same',
    file: 'db/sqlite/tables/accounts/directory.ts',
    edits: [['and(eq(users.id, userId), eq(users.passwordHash, was))', 'eq(users.id, userId)']],
    suites: ['identity/embedded/accounts.sqlite', 'identity/embedded/rehash'],
  },
  {
    promise: 'on PostgreSQL a command that breaks a constraint is refused alone',
    file: 'db/postgres/commit/transaction.ts',
    edits: [['if (batch.length > 1 && isRefusedRow(error)) {', 'if (false) {']],
    suites: ['db/postgres'],
  },
  {
    promise: 'on PostgreSQL a process whose database was taken writes nothing more',
    file: 'db/postgres/commit/transaction.ts',
    edits: [['this.#refuseFenced(fence);', '']],
    suites: ['db/postgres/two-processes', 'db/postgres/lost'],
  },
  {
    promise: 'on PostgreSQL no two services get one number',
    file: 'db/postgres/commit/transaction.ts',
    edits: [['moved: unit.nextServiceId !== nextServiceId,', 'moved: false,']],
    suites: ['db/postgres/store.pg'],
  },
  {
    promise: 'a commit whose answer is lost is looked for',
    file: 'db/postgres/commit/transaction.ts',
    edits: [
      [
        'const found = await lookForCommit({ ...prepared, node, writer, upTo: end }, error);',
        'const found = undefined as LogRow[] | undefined;',
      ],
    ],
    suites: ['db/postgres'],
  },
  {
    promise: 'commits that were forgotten before they were announced are noticed',
    file: 'db/postgres/commit/tail.ts',
    edits: [['if (first.id > from + 1) {', 'if (false) {']],
    suites: ['db/postgres'],
  },
  {
    promise: 'rows that were forgotten before they were announced are noticed',
    file: 'db/postgres/commit/tail.ts',
    edits: [['if (log.rows.length < upTo - logFrom) {', 'if (false) {']],
    suites: ['db/postgres'],
  },
  {
    promise: 'an own commit is announced behind those of others before it',
    file: 'db/postgres/commit/tail.ts',
    edits: [['commit === this.#place.commit + 1 && ', '']],
    suites: ['db/postgres/two-processes', 'db/postgres/store.pg'],
  },
  {
    promise: 'a transfer is compared with the file before it counts',
    file: 'db/transfer/transfer.ts',
    edits: [['for (const each of TRANSFERS) await compare(asked, source, each);', '']],
    suites: ['db/transfer'],
  },
  {
    promise: 'a transfer takes the keys of cursors along',
    file: 'db/transfer/transfer.ts',
    edits: [["'SELECT * FROM cursor_keys ORDER BY id'", "'SELECT * FROM cursor_keys WHERE 0'"]],
    suites: ['db/transfer'],
  },
  {
    promise: 'after a transfer numbers go on behind those of the file',
    file: 'db/transfer/transfer.ts',
    edits: [['values: [name, Number(last) + 1],', 'values: [name, 1],']],
    suites: ['db/transfer'],
  },
  {
    promise: 'a snapshot that is read from the file is of one moment',
    file: 'db/sqlite/queries/snapshots.ts',
    edits: [["reader.client.exec('BEGIN');", '']],
    suites: ['db/sqlite/snapshot-moment'],
  },
  {
    promise: 'accounts, keys and webhooks are written in the commit queue, on SQLite',
    file: 'db/sqlite/commit/queued.ts',
    edits: [["kind === 'write'", "kind !== 'read' && false"]],
    suites: ['db/sqlite/queued'],
  },
  {
    promise: 'a change of an id defers no reference of another write',
    file: 'db/sqlite/tables/accounts/directory.ts',
    edits: [
      [
        'tx.update(table).set({ userId: newId }).where(eq(table.userId, id)).run();\n        }\n        tx.run(CHECK_REFERENCES_AGAIN);',
        'tx.update(table).set({ userId: newId }).where(eq(table.userId, id)).run();\n        }',
      ],
    ],
    suites: ['db/sqlite/queued'],
  },
];
