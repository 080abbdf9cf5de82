/** Faults that somebody drew who had not looked at the tests: tickets, and what is kept of identities. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a user with too many tickets loses its own oldest',
    file: 'server/identity/tokens/tickets.ts',
    edits: [['if (oldest !== undefined && own.size >= MAX_TICKETS_OF_USER) this.#take(oldest);', '']],
    suites: ['identity/tokens/tickets'],
  },
  {
    promise: 'a ticket opens nothing after half a minute',
    file: 'server/identity/tokens/tickets.ts',
    edits: [['kept !== undefined && kept.expiresAt > this.#clock.now() ?', 'kept !== undefined ?']],
    suites: ['identity/tokens/tickets'],
  },
  {
    promise: 'a ticket ends with its token',
    file: 'server/identity/tokens/tickets.ts',
    edits: [
      [
        `Math.min(now + TICKET_LIFETIME_MS, identity.expiresAt ?? Number.MAX_SAFE_INTEGER);
    this.#kept`,
        `now + TICKET_LIFETIME_MS;
    this.#kept`,
      ],
    ],
    suites: ['identity/tokens/tickets'],
  },
  {
    promise: 'there is a limit of tickets in all',
    file: 'server/identity/tokens/tickets.ts',
    edits: [['if (expiresAt > now && this.#kept.size < MAX_TICKETS) break;', 'if (expiresAt > now) break;']],
    suites: ['identity/tokens/tickets'],
  },
  {
    promise: 'tickets that were used count no longer',
    file: 'server/identity/tokens/tickets.ts',
    edits: [
      [
        `    own?.delete(ticket);
`,
        '',
      ],
    ],
    suites: ['identity/tokens/tickets'],
  },
  {
    promise: 'an identity whose rights change while it is read is not kept',
    file: 'server/identity/tokens/identity-cache.ts',
    edits: [
      [
        `    if (generation !== this.#generation) return ask();
`,
        '',
      ],
    ],
    suites: ['identity/tokens/identity-cache'],
  },
  {
    promise: 'kept identities are bounded',
    file: 'server/identity/tokens/identity-cache.ts',
    edits: [
      ['if (this.#identities.size > MAX_CACHED && !oldest.done) this.#identities.delete(oldest.value);', ''],
    ],
    suites: ['identity/tokens/identity-cache'],
  },
  {
    promise: 'a change of rights leaves the identities of others',
    file: 'server/identity/tokens/identity-cache.ts',
    edits: [
      ['if (touches(touched, identity)) this.#identities.delete(token);', 'this.#identities.delete(token);'],
    ],
    suites: ['identity/tokens/identity-cache'],
  },
  {
    promise: 'a token that is worth nothing is not kept',
    file: 'server/identity/tokens/identity-cache.ts',
    edits: [
      [
        `    if (identity === undefined) return undefined;
`,
        '',
      ],
    ],
    suites: ['identity/tokens/identity-cache'],
  },
  {
    promise: 'a token has ended at its end',
    file: 'server/identity/tokens/identity-cache.ts',
    edits: [['expiresAt <= this.#clock.now()', 'expiresAt < this.#clock.now()']],
    suites: ['identity/tokens/identity-cache'],
  },
  {
    promise: 'what is kept is corrected before any listener asks',
    file: 'server/identity/tokens/revocations.ts',
    edits: [
      [
        `    this.changed(touched);
    for (const listener of [...this.#onEnded]) listener(touched);`,
        `    for (const listener of [...this.#onEnded]) listener(touched);
    this.changed(touched);`,
      ],
    ],
    suites: ['identity/tokens/identity-cache'],
  },
  {
    promise: 'the end of rights in one project ends none in another',
    file: 'server/identity/tokens/revocations.ts',
    edits: [['(touched.projectId === undefined || touched.projectId === owner.projectId)', 'true']],
    suites: ['identity/tokens/identity-cache'],
  },
  {
    promise: 'an external service’s answer counts no longer than its token',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['return this.#isExpired(identity) ? undefined : identity;', 'return identity;']],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'requests with one token at a time are one question to an external service',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [
      [
        `    if (running !== undefined) return running;
`,
        '',
      ],
    ],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'a question to an external service that failed is asked again',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['.finally(() => this.#asking.delete(hash))', '']],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'a refusal of an external service is kept for five seconds',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['Math.min(REFUSAL_KEPT, cacheTime)', 'cacheTime']],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'a token that is checked again and worth the same ends no connection',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['if (changed && was !== undefined)', 'if (was !== undefined)']],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'the number of an external service’s kept answers is bounded',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [
      [
        'this.#entries.size <= this.#options.cacheSize && this.#bytes <= CACHE_BYTES',
        'this.#bytes <= CACHE_BYTES',
      ],
    ],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'long tokens are kept within a bounded memory',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [[' && this.#bytes <= CACHE_BYTES', '']],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'an answer that is forgotten gives its memory back',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['if (entry !== undefined) this.#bytes -= ENTRY_BYTES + entry.token.length;', '']],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'an external service’s answer is as old as its question',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['    entry.checkedAt = checkedAt;', '    entry.checkedAt = clock.monotonic();']],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'an authenticator that is closed leaves no timer',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [
      [
        `    this.#closed = true;
    this.#cancel();`,
        '    this.#closed = true;',
      ],
    ],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'an identity that no connection relies on is not asked about',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [
      [
        `      this.#relying.delete(relying);
`,
        '',
      ],
    ],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'a text that no header can have is no token',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [[' || !SENDABLE.test(token)', '']],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'a round of questions ends where the service is away',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [[`if (error instanceof DomainError && error.code === 'unavailable') return;`, '']],
    suites: ['identity/remote/remote-authenticator'],
  },
  {
    promise: 'an identity that is relied on is asked about at half its time',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['entry.checkedAt >= cacheTime / 2)', 'entry.checkedAt >= cacheTime)']],
    suites: ['identity/remote/remote-authenticator'],
  },
];
