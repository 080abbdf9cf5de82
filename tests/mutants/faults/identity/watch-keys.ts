import type { Mutant } from '../../mutant.ts';

const SUITES = ['identity/watch-keys/', 'flows/watch-key'];

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a suspended watch key is refused',
    file: 'server/identity/watch-keys/watch-key-authenticator.ts',
    edits: [['if (key === undefined || key.suspendedAt !== null)', 'if (key === undefined)']],
    suites: SUITES,
  },
  {
    promise: 'a watch key of a disabled project is refused',
    file: 'server/identity/watch-keys/watch-key-authenticator.ts',
    edits: [[' || !(await isProjectEnabled(key.projectId))', '']],
    suites: SUITES,
  },
  {
    promise: 'a cached watch key that expires is refused',
    file: 'server/identity/watch-keys/watch-key-authenticator.ts',
    edits: [['cached !== undefined && !this.#cache.isExpired(cached)', 'cached !== undefined']],
    suites: SUITES,
  },
  {
    promise: 'a watch key that is revoked is forgotten at once',
    file: 'server/identity/tokens/identity-cache.ts',
    edits: [['revocations.onChanged((touched) => this.#forget(touched));', '']],
    suites: SUITES,
  },
  {
    promise: 'guesses at watch keys are braked',
    file: 'server/identity/watch-keys/watch-key-authenticator.ts',
    edits: [
      ['return throttle.attempt<Identity>(guess, { address }, async () => undefined);', 'return undefined;'],
    ],
    suites: SUITES,
  },
  {
    promise: 'a watch key hands on no role of administrators',
    file: 'server/identity/watch-keys/watch-keys.ts',
    edits: [
      ['identity.roles.filter((role) => !NOT_HANDED_ON.has(role.toLowerCase()))', '[...identity.roles]'],
    ],
    suites: SUITES,
  },
  {
    promise: 'a watch key of another project is not revoked',
    file: 'server/identity/watch-keys/watch-keys.ts',
    edits: [['(key.projectId === projectId || mayFollowAll(identity))', 'true']],
    suites: SUITES,
  },
  {
    promise: 'a restricted credential makes no watch keys',
    file: 'server/identity/watch-keys/watch-keys.ts',
    edits: [['if (identity.isRestricted)', 'if (false)']],
    suites: SUITES,
  },
  {
    promise: 'connections of a revoked watch key end',
    file: 'server/identity/watch-keys/watch-keys.ts',
    edits: [['    revocations.ended({ userId: id });\n', '']],
    suites: SUITES,
  },
  {
    promise: 'watch keys of a project are limited in number',
    file: 'server/identity/watch-keys/watch-keys.ts',
    edits: [['await keys.add(key, maxPerProject);', 'await keys.add(key, Number.MAX_SAFE_INTEGER);']],
    suites: SUITES,
  },
  {
    promise: 'connections end when the project of their watch key is gone',
    file: 'server/identity/watch-keys/project-watch.ts',
    edits: [['      revocations.ended({ projectId });\n', '']],
    suites: SUITES,
  },
  {
    promise: 'a Keystone that does not answer suspends no watch key',
    file: 'server/identity/watch-keys/project-watch.ts',
    edits: [['if (state === undefined) return;', '']],
    suites: SUITES,
  },
  {
    promise: 'watch keys of a project that is gone are kept for a week',
    file: 'server/identity/watch-keys/project-watch.ts',
    edits: [['now - suspendedAt >= KEPT_WHEN_GONE', 'now >= suspendedAt']],
    suites: SUITES,
  },
  {
    promise: 'watch keys work again when their project is back',
    file: 'server/identity/watch-keys/project-watch.ts',
    edits: [['(await keys.suspend(projectId, null)) > 0', 'false']],
    suites: SUITES,
  },
  {
    promise: 'uses of watch keys are kept over a failed write',
    file: 'server/identity/watch-keys/last-use.ts',
    edits: [['      this.#notes = notes;\n', '']],
    suites: SUITES,
  },
  {
    promise: 'uses of watch keys that wait for the database are bounded',
    file: 'server/identity/watch-keys/last-use.ts',
    edits: [['if (this.#notes.size <= MOST_NOTES) return;', 'if (this.#notes.size > 0) return;']],
    suites: SUITES,
  },
  {
    promise: 'an open connection is a use of its watch key',
    file: 'server/identity/watch-keys/last-use.ts',
    edits: [["if (kind === 'watch') this.note(userId);", '{}']],
    suites: SUITES,
  },
];
