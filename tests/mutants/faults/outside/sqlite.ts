/** Faults that somebody drew who knew the promises but not the tests: the SQLite database, its file and its lists. */
import type { Mutant } from '../../mutant.ts';

const FILE = ['db/sqlite/', 'db/lineage', 'db/crash', 'cli/operator'];
const LISTS = ['db/sqlite/', 'nova/servers', 'nova/inventory'];

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a failure of the disk inside a change is no conflict',
    file: 'db/sqlite/file/driver-errors.ts',
    edits: [["  if (!code.startsWith('SQLITE_CONSTRAINT')) throw error;\n", '']],
    suites: FILE,
  },
  {
    promise: 'a full disk has an error of its own',
    file: 'db/sqlite/file/driver-errors.ts',
    edits: [["?.startsWith('SQLITE_FULL')", "?.startsWith('SQLITE_FULL_DISK')"]],
    suites: FILE,
  },
  {
    promise: 'a file that is overwritten while it is open counts as damaged',
    file: 'db/sqlite/file/driver-errors.ts',
    edits: [[" || code === 'SQLITE_NOTADB'", '']],
    suites: FILE,
  },
  {
    promise: 'a renewed epoch keeps the key, so that an old cursor does not look forged',
    file: 'db/sqlite/file/epoch.ts',
    edits: [['.set({ epoch: newEpoch().epoch })', '.set(newEpoch())']],
    suites: FILE,
  },
  {
    promise: 'the file of another SQLite program is refused before anything is written beside it',
    file: 'db/sqlite/file/header.ts',
    edits: [['if (id !== 0 && id !== APPLICATION_ID) throw', 'if (id === 1) throw']],
    suites: FILE,
  },
  {
    promise: 'foreign keys hold again after the migrations',
    file: 'db/sqlite/file/migrate.ts',
    edits: [["client.pragma('foreign_keys = ON');", "client.pragma('foreign_keys = OFF');"]],
    suites: [...FILE, 'db/', 'identity/embedded'],
  },
  {
    promise: 'a start that fails releases the lock of the file',
    file: 'db/sqlite/file/open.ts',
    edits: [['    await check?.stop();\n    lock.release();\n    throw error;', '    throw error;']],
    suites: FILE,
  },
  {
    promise: 'a database that is closed releases the lock of its file',
    file: 'db/sqlite/file/open.ts',
    edits: [['      connection.client.close();\n      release();\n', '      connection.client.close();\n']],
    suites: FILE,
  },
  {
    promise: 'a command that needs a database makes none of an empty file',
    file: 'db/sqlite/file/open.ts',
    edits: [
      [
        'if (mustExist && path !== IN_MEMORY && isNew(path))',
        'if (mustExist && path !== IN_MEMORY && !existsSync(path))',
      ],
    ],
    suites: [...FILE, 'cli/'],
  },
  {
    promise: 'a database is marked as ours in its header',
    file: 'db/sqlite/file/open.ts',
    edits: [['    connection.client.pragma(`application_id = ${APPLICATION_ID}`);\n', '']],
    suites: FILE,
  },
  {
    promise: 'damage that is found in a large file after the start is reported',
    file: 'db/sqlite/file/open.ts',
    edits: [["(verdict === 'ok' ? undefined : verdict)", 'undefined']],
    suites: [...FILE, 'runtime/', 'api/health'],
  },
  {
    promise: 'the place of a database that is a folder is refused with an example',
    file: 'db/sqlite/file/open.ts',
    edits: [
      [
        'if (existsSync(path) && statSync(path).isDirectory())',
        'if (!existsSync(path) && statSync(path).isDirectory())',
      ],
    ],
    suites: FILE,
  },
  {
    promise: 'a file whose contents were moved to PostgreSQL is released',
    file: 'db/sqlite/file/source.ts',
    edits: [['        client.close();\n        lock.release();\n', '        client.close();\n']],
    suites: ['db/transfer', ...FILE],
  },
  {
    promise: 'a damaged file is not moved to PostgreSQL',
    file: 'db/sqlite/file/source.ts',
    edits: [['    examineWhole(path);\n', '']],
    suites: ['db/transfer', ...FILE],
  },
  {
    promise: 'a file of an older version is not moved to PostgreSQL before it is migrated',
    file: 'db/sqlite/file/source.ts',
    edits: [['if (missing.length === 0) return;', 'if (missing.length < 1_000) return;']],
    suites: ['db/transfer', ...FILE],
  },
  {
    promise: 'unused pages are given back a few at a time',
    file: 'db/sqlite/file/upkeep/free-space.ts',
    edits: [['Math.min(STEP, free - kept)', 'free - kept']],
    suites: FILE,
  },
  {
    promise: 'unused pages are given back only when twice the reserve is free',
    file: 'db/sqlite/file/upkeep/free-space.ts',
    edits: [['this.#isUnderWay ? kept : 2 * kept', 'kept']],
    suites: FILE,
  },
  {
    promise: 'a file of an earlier version learns to give space back when it is small',
    file: 'db/sqlite/file/upkeep/free-space.ts',
    edits: [["    client.exec('VACUUM');\n", '']],
    suites: FILE,
  },
  {
    promise: 'a large file of an earlier version is not rewritten at a start',
    file: 'db/sqlite/file/upkeep/free-space.ts',
    edits: [["  if (number(client, 'page_count') * number(client, 'page_size') > upToBytes) return;\n", '']],
    suites: FILE,
  },
  {
    promise: 'a check that is stopped leaves nobody waiting for its finding',
    file: 'db/sqlite/file/upkeep/integrity.ts',
    edits: [["    worker.once('exit', () => resolve(undefined));\n", '']],
    suites: FILE,
  },
  {
    promise: 'where the thread of a check cannot run, the file is checked all the same',
    file: 'db/sqlite/file/upkeep/integrity.ts',
    edits: [['resolve(attempted(path))', "resolve('ok')"]],
    suites: FILE,
  },
  {
    promise: 'a damaged page is a finding and no failure of the check',
    file: 'db/sqlite/file/upkeep/integrity.ts',
    edits: [['    if (isDamage(error)) return (error as Error).message;\n', '']],
    suites: FILE,
  },
  {
    promise: 'a log that an outsider kept from being cut is cut when the outsider is gone',
    file: 'db/sqlite/file/upkeep/checkpointer-worker.ts',
    edits: [["    if (walBytes(path) > kept) client.pragma('wal_checkpoint(TRUNCATE)');\n", '']],
    suites: FILE,
  },
  {
    promise: 'a check that was begun early is the one that the start waits for',
    file: 'db/sqlite/file/upkeep/early-check.ts',
    edits: [['begun.get(path) ?? checkIntegrity(path)', 'checkIntegrity(path)']],
    suites: [...FILE, 'start/', 'cli/serve'],
  },
  {
    promise: 'a list with an exact index shows the page of each part of its rows',
    file: 'db/sqlite/queries/access-paths.ts',
    edits: [['let isExact = parts.length === 1;', 'let isExact = true;']],
    suites: LISTS,
  },
  {
    promise: 'a list over several values of a fixed column is in its order',
    file: 'db/sqlite/queries/access-paths.ts',
    edits: [['      found.length === 1 &&\n', '']],
    suites: LISTS,
  },
  {
    promise: 'a condition that the index does not meet is tested on the rows',
    file: 'db/sqlite/queries/access-paths.ts',
    edits: [
      [
        'return hosts === undefined && Object.keys(filter).every((name) => isMet(name));',
        'return hosts === undefined;',
      ],
    ],
    suites: LISTS,
  },
  {
    promise: 'an index that is walked backwards turns every key',
    file: 'db/sqlite/queries/access-paths.ts',
    edits: [
      ['direction: opposite(direction) }))', "direction: key === 'id' ? direction : opposite(direction) }))"],
    ],
    suites: LISTS,
  },
  {
    promise: 'a list of deleted servers has the soft-deleted ones too where they are asked for',
    file: 'db/sqlite/queries/access-paths.ts',
    edits: [['if (!filter.softDeletedToo) return [deleted];', 'if (filter.deleted) return [deleted];']],
    suites: LISTS,
  },
  {
    promise: 'a list by ids is read by its ids',
    file: 'db/sqlite/queries/access-paths.ts',
    edits: [["  if (filter.ids !== undefined) return [{ holds: 'all', fixed }];\n", '']],
    suites: LISTS,
  },
  {
    promise: 'of rows with equal sort values the first found is kept',
    file: 'db/sqlite/queries/first-rows.ts',
    edits: [['this.#compare(values, last.values) < 0', 'this.#compare(values, last.values) <= 0']],
    suites: LISTS,
    equivalent: 'orders are whole, so only the same row found twice is equal, and it takes its own place',
  },
  {
    promise: 'a search keeps no more rows than were asked for',
    file: 'db/sqlite/queries/first-rows.ts',
    edits: [['    if (this.isFull) this.#rows.pop();\n', '']],
    suites: LISTS,
  },
  {
    promise: 'a status that many hosts have is searched without leaving a host out',
    file: 'db/sqlite/queries/host-status-filter.ts',
    edits: [['services.hostsWith(giving, FEW_HOSTS + 1)', 'services.hostsWith(giving, FEW_HOSTS)']],
    suites: LISTS,
  },
  {
    promise: 'servers without a host are found by the empty status',
    file: 'db/sqlite/queries/host-status-filter.ts',
    edits: [["if (!wanted.includes(''))", 'if (wanted.length > 0)']],
    suites: LISTS,
  },
  {
    promise: 'a task state filter that names none finds servers without a task',
    file: 'db/sqlite/queries/instance-filter.ts',
    edits: [['taskStates.includes(null) ? isNull(instances.taskState) : undefined', 'undefined']],
    suites: LISTS,
  },
  {
    promise: 'servers are filtered by node',
    file: 'db/sqlite/queries/instance-filter.ts',
    edits: [['    equals(instances.node, filter.node),\n', '']],
    suites: LISTS,
  },
  {
    promise: 'servers are filtered by being locked',
    file: 'db/sqlite/queries/instance-filter.ts',
    edits: [['    equals(instances.locked, filter.locked),\n', '']],
    suites: LISTS,
  },
  {
    promise: 'servers are filtered by the user who made them',
    file: 'db/sqlite/queries/instance-filter.ts',
    edits: [['    equals(instances.userId, filter.userId),\n', '']],
    suites: LISTS,
  },
  {
    promise: 'a descending page ends with the rows that have no value',
    file: 'db/sqlite/queries/keyset-paging.ts',
    edits: [['[lt(column, value), isNull(column)]', '[lt(column, value)]']],
    suites: LISTS,
  },
  {
    promise: 'an ascending page goes on from rows without a value to those with one',
    file: 'db/sqlite/queries/keyset-paging.ts',
    edits: [['value === null ? isNotNull(column) : gt(column, value)', 'gt(column, value)']],
    suites: LISTS,
  },
  {
    promise: 'a sort key that was named before decides nothing',
    file: 'db/sqlite/queries/keyset-paging.ts',
    edits: [
      [
        '.filter(({ key }) => keys.size < keys.add(key).size)',
        '.filter(({ key }) => keys.add(key).size > 0)',
      ],
    ],
    suites: LISTS,
  },
  {
    promise: 'keys after the id are dropped from an order',
    file: 'db/sqlite/queries/keyset-paging.ts',
    edits: [['if (byId >= 0) return given.slice(0, byId + 1);', 'if (byId >= 0) return given;']],
    suites: LISTS,
  },
  {
    promise: 'a marker outside of the times that are asked for is still a place in the order',
    file: 'db/sqlite/queries/instances.ts',
    edits: [['paths[0]?.isExact && isInside ?', 'paths[0]?.isExact ?']],
    suites: LISTS,
  },
  {
    promise: 'the server of another project is no marker',
    file: 'db/sqlite/queries/instances.ts',
    edits: [
      [
        '(projectId !== undefined && found.projectId !== projectId)',
        '(projectId !== undefined && found.projectId === "")',
      ],
    ],
    suites: LISTS,
  },
  {
    promise: 'a page that is read in steps has no row that moved away meanwhile',
    file: 'db/sqlite/queries/instances.ts',
    edits: [['isAsItWas ? some : this.#still(some, conditions)', 'some']],
    suites: LISTS,
  },
  {
    promise: 'rows that are deleted during a search are replaced by the following ones',
    file: 'db/sqlite/queries/instances.ts',
    edits: [
      [
        'if (!first.isFull || found.length === asked.limit || last === undefined) return found;',
        'if (found.length <= asked.limit || last === undefined) return found;',
      ],
    ],
    suites: LISTS,
  },
  {
    promise: 'a write between two steps of a page makes it begin again behind its last row',
    file: 'db/sqlite/queries/instances.ts',
    edits: [['isDone = this.#instances.version === version;', 'isDone = true;']],
    suites: LISTS,
  },
  {
    promise: 'lists of one caller share its turn',
    file: 'db/sqlite/queries/instances.ts',
    edits: [
      ['signal, caller ?? filter.projectId);', 'signal, filter.projectId === caller ? caller : undefined);'],
    ],
    suites: LISTS,
  },
  {
    promise: 'a server is tested by the status of its host as well as by the test of the caller',
    file: 'db/sqlite/queries/row-test.ts',
    edits: [['hostTest?.(instance.host) !== false && ', '']],
    suites: LISTS,
  },
  {
    promise: 'each candidate of a search is tested with its own row where one was deleted meanwhile',
    file: 'db/sqlite/queries/row-test.ts',
    edits: [
      [
        'if (read.length === candidates.length) return read;',
        'if (read.length <= candidates.length) return read;',
      ],
    ],
    suites: LISTS,
  },
  {
    promise: 'a search that waits for its permit gives up after a while',
    file: 'db/sqlite/queries/scan-permits.ts',
    edits: [
      ['this.#setTimer(() => leaving.abort(), LONGEST_WAIT)', 'this.#setTimer(() => {}, LONGEST_WAIT)'],
    ],
    suites: LISTS,
  },
  {
    promise: 'a permit that is given back twice is counted once',
    file: 'db/sqlite/queries/scan-permits.ts',
    edits: [['      if (isReleased) return;\n', '']],
    suites: LISTS,
  },
  {
    promise: 'a caller that searches as much as it may waits before its next list begins',
    file: 'db/sqlite/queries/scan-permits.ts',
    edits: [
      [
        'return (this.#asked.get(caller) ?? 0) >= this.#perCaller;',
        'return (this.#asked.get(caller) ?? 0) > 1_000;',
      ],
    ],
    suites: LISTS,
  },
  {
    promise: 'a list that is refused a permit says when to come back',
    file: 'db/sqlite/queries/scan-permits.ts',
    edits: [['    { retryAfterMs: LIMITS.retryAfterMs ?? 0 },\n', '']],
    suites: LISTS,
  },
  {
    promise: 'texts are sorted by code points as SQLite sorts them',
    file: 'db/sqlite/queries/sort-values.ts',
    edits: [['unit >= 0xe000 ? unit - 0x800 : unit + 0x2000', 'unit']],
    suites: LISTS,
  },
  {
    promise: 'numbers are sorted before texts',
    file: 'db/sqlite/queries/sort-values.ts',
    edits: [["return typeof b === 'number' ? a - b : -1;", 'return a - Number(b);']],
    suites: LISTS,
  },
  {
    promise: 'a text that begins as another one comes after it',
    file: 'db/sqlite/queries/sort-values.ts',
    edits: [['return a.length - b.length;', 'return 0;']],
    suites: LISTS,
  },
  {
    promise: 'a flavor that was declared is shown as declared',
    file: 'db/sqlite/tables/flavors.ts',
    edits: [['found.has(id) ? undefined : this.#carried(id, projectId)', 'this.#carried(id, projectId)']],
    suites: LISTS,
  },
  {
    promise: 'of servers of one flavor one with known sizes gives them',
    file: 'db/sqlite/tables/flavors.ts',
    edits: [['flavors.find(({ vcpus }) => vcpus > 0) ?? flavors[0]', 'flavors[0]']],
    suites: LISTS,
  },
  {
    promise: 'servers that were made in one instant are all counted',
    file: 'db/sqlite/tables/flavors.ts',
    edits: [
      [
        '          ? (count.get(flavorId, projectId, from, from + width, -1) as number)\n',
        '          ? found\n',
      ],
    ],
    suites: LISTS,
  },
  {
    promise: 'servers of a project are counted in steps',
    file: 'db/sqlite/tables/flavors.ts',
    edits: [
      [
        'if (found === COUNTED_AT_ONCE && width > 1)',
        'if (found === COUNTED_AT_ONCE && width > 1_000_000_000)',
      ],
    ],
    suites: LISTS,
  },
  {
    promise: 'usage of a project counts its newest server',
    file: 'db/sqlite/tables/flavors.ts',
    edits: [['let width = newest - oldest + 1;', 'let width = newest - oldest;']],
    suites: LISTS,
  },
  {
    promise: 'the actions of a server go with it',
    file: 'db/sqlite/tables/forget.ts',
    edits: [['      this.#actions.removeAll(id);\n', '']],
    suites: ['db/sqlite/', 'runtime/'],
  },
  {
    promise: 'watch keys that ended long ago are forgotten',
    file: 'db/sqlite/tables/forget.ts',
    edits: [['watchKeys.run(before.deleted, batch).changes', '0']],
    suites: ['db/sqlite/', 'runtime/'],
  },
  {
    promise: 'agent tokens that ended long ago are forgotten',
    file: 'db/sqlite/tables/forget.ts',
    edits: [['agentTokens.run(before.deleted, batch).changes', '0']],
    suites: ['db/sqlite/', 'runtime/'],
  },
  {
    promise: 'the facts of a host are those of the last commit',
    file: 'db/sqlite/tables/host-facts.ts',
    edits: [['    for (const { host } of services) this.#known.delete(host);\n', '']],
    suites: LISTS,
  },
  {
    promise: 'the facts of a host whose service was removed are forgotten',
    file: 'db/sqlite/tables/host-facts.ts',
    edits: [['    for (const { host } of removedServices) this.#known.delete(host);\n', '']],
    suites: LISTS,
  },
  {
    promise: 'drills are listed in the order in which they began',
    file: 'db/sqlite/tables/drills.ts',
    edits: [['asc(drills.startedAt), asc(drills.id)', 'asc(drills.id)']],
    suites: ['db/sqlite/', 'drills/'],
  },
  {
    promise: 'a project sees its own drills only',
    file: 'db/sqlite/tables/drills.ts',
    edits: [['projectId === undefined ? undefined : eq(drills.projectId, projectId)', 'undefined']],
    suites: ['db/sqlite/', 'drills/'],
  },
  {
    promise: "the keys of other projects do not count towards a project's limit",
    file: 'db/sqlite/tables/watch-keys.ts',
    edits: [['from(watchKeys).where(own).get()', 'from(watchKeys).get()']],
    suites: ['db/sqlite/', 'identity/watch-keys', 'api/'],
  },
  {
    promise: 'watch keys that have ended make room for a new one',
    file: 'db/sqlite/tables/watch-keys.ts',
    edits: [['lte(watchKeys.expiresAt, key.createdAt)', 'lte(watchKeys.expiresAt, 0)']],
    suites: ['db/sqlite/', 'identity/watch-keys', 'api/'],
  },
  {
    promise: 'the last use of a watch key never goes back',
    file: 'db/sqlite/tables/watch-keys.ts',
    edits: [
      [
        'where(and(eq(watchKeys.id, id), earlier))',
        'where(or(eq(watchKeys.id, id), and(eq(watchKeys.id, id), earlier)))',
      ],
    ],
    suites: ['db/sqlite/', 'identity/watch-keys', 'api/'],
  },
  {
    promise: 'watch keys that are suspended keep the time of it',
    file: 'db/sqlite/tables/watch-keys.ts',
    edits: [
      [
        'const where = and(eq(watchKeys.projectId, projectId), differs);',
        'const where = eq(watchKeys.projectId, projectId);',
      ],
    ],
    suites: ['db/sqlite/', 'identity/watch-keys', 'api/'],
  },
  {
    promise: 'a damaged or busy database is logged once and not at each read',
    file: 'db/sqlite/commit/read.ts',
    edits: [['if (isDamage(error) || isBusy(error)) failed(error);', 'if (isDamage(error)) failed(error);']],
    suites: FILE,
  },
];
