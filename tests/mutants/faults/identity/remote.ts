import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'an endless answer of an identity service is cut',
    file: 'server/identity/remote/request.ts',
    edits: [['if (size > LARGEST_ANSWER)', 'if (false)']],
    suites: ['identity/remote/request'],
  },
  {
    promise: 'an answer of exactly the largest size is read',
    file: 'server/identity/remote/request.ts',
    edits: [['if (size > LARGEST_ANSWER)', 'if (size >= LARGEST_ANSWER)']],
    suites: ['identity/remote/request'],
  },
  {
    promise: 'credentials of hostbeat do not follow a redirect',
    file: 'server/identity/remote/request.ts',
    edits: [["redirect: 'manual'", "redirect: 'follow'"]],
    suites: ['identity/remote/request', 'identity/remote/keystone-mode'],
  },
  {
    promise: 'an identity service that stops in the middle of an answer is left',
    file: 'server/identity/remote/request.ts',
    edits: [["redirect: 'manual', signal }", "redirect: 'manual' }"]],
    suites: ['identity/remote/request', 'identity/remote/keystone-mode'],
  },
  {
    promise: 'hostbeat logs in to Keystone once for many questions',
    file: 'server/identity/remote/keystone-login.ts',
    edits: [['this.#asking ??= this.#logIn()', 'this.#asking = this.#logIn()']],
    suites: ['identity/remote/keystone-login'],
  },
  {
    promise: 'a token of our own that was replaced meanwhile is not forgotten',
    file: 'server/identity/remote/keystone-login.ts',
    edits: [['if (this.#current?.token === token) this.#current = undefined;', 'this.#current = undefined;']],
    suites: ['identity/remote/keystone-login'],
  },
  {
    promise: 'a token of our own is replaced before its end',
    file: 'server/identity/remote/keystone-login.ts',
    edits: [['Math.max(lifetime - MARGIN, lifetime / 2, SHORTEST)', 'lifetime']],
    suites: ['identity/remote/keystone-mode'],
  },
  {
    promise: 'a refused login of our own is not tried again and again',
    file: 'server/identity/remote/keystone-login.ts',
    edits: [['        { lasting: true },\n', '']],
    suites: ['identity/remote/keystone-mode'],
  },
  {
    promise: 'roles outside of a project do not count in a remote token',
    file: 'server/identity/remote/keystone-token.ts',
    edits: [['roles: project == null ? [] : (roles ?? [])', 'roles: (roles ?? [])']],
    suites: ['identity/remote/keystone-mode'],
  },
  {
    promise: 'a token that is too long is not sent to Keystone',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['token.length > LONGEST_TOKEN || ', '']],
    suites: ['identity/remote/not-asked'],
  },
  {
    promise: 'a token with characters that no header has is not sent to Keystone',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [[' || !SENDABLE.test(token)', '']],
    suites: ['identity/remote/not-asked'],
  },
  {
    promise: 'a remote token that expired is refused although it is cached',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['return this.#isExpired(identity) ? undefined : identity;', 'return identity;']],
    suites: ['identity/remote/not-asked'],
  },
  {
    promise: 'an identity service that is away sends nobody away',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [
      [
        "if (error instanceof DomainError && error.code === 'unavailable') return;",
        "if (error instanceof DomainError && error.code === 'unavailable') { entry.identity = undefined; return; }",
      ],
    ],
    suites: ['identity/remote/'],
  },
  {
    promise: 'rounds of questions go on',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['if (!this.#closed) this.#wait();', '']],
    suites: ['identity/remote/'],
  },
  {
    promise: 'discovery of an issuer is asked for once at a time',
    file: 'server/identity/remote/oidc-verifier.ts',
    edits: [['this.#finding ??= this.#find()', 'this.#finding = this.#find()']],
    suites: ['identity/remote/oidc-mode'],
  },
  {
    promise: 'unsigned and symmetric OIDC tokens are refused',
    file: 'server/identity/remote/oidc-verifier.ts',
    edits: [['        algorithms: [...settings.algorithms],\n', '']],
    suites: ['identity/remote/oidc-mode'],
  },
];
