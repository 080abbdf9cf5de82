import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a disabled project ends its tokens and sockets',
    file: 'server/identity/embedded/directory.ts',
    edits: [
      [
        "      await this.#accounts.removeTokens({ scope: { on: 'project', id } });\n      this.#revocations.ended({ projectId: id });",
        '',
      ],
    ],
    suites: ['identity/embedded/embedded', 'identity/keystone-v3/as-keystone', 'hub/connection/revocation'],
  },
  {
    promise: 'a changed password ends tokens of the user',
    file: 'server/identity/embedded/directory.ts',
    edits: [['!user.enabled || password !== undefined', '!user.enabled']],
    suites: ['identity/embedded/embedded', 'identity/keystone-v3/as-keystone', 'hub/connection/revocation'],
  },
  {
    promise: 'a disabled user is cut off',
    file: 'server/identity/embedded/directory.ts',
    edits: [['!user.enabled || password !== undefined', 'password !== undefined']],
    suites: ['identity/embedded/embedded', 'identity/keystone-v3/as-keystone', 'hub/connection/revocation'],
  },
  {
    promise: 'a role that rules rely on is not renamed',
    file: 'server/identity/embedded/directory.ts',
    edits: [['if (isReliedOn(current)) throw stays(current);', '']],
    suites: ['identity/'],
  },
  {
    promise: 'a role that is taken away ends tokens of that scope',
    file: 'server/identity/embedded/directory.ts',
    edits: [['await this.#accounts.removeTokens({ userId, scope });', '']],
    suites: [
      'identity/embedded/embedded',
      'identity/keystone-v3/as-keystone',
      'identity/keystone-v3/endpoints',
    ],
  },
  {
    promise: 'a role that is taken away ends credentials of that project',
    file: 'server/identity/embedded/directory.ts',
    edits: [['for (const { id } of inProject) await this.#accounts.removeApplicationCredential(id);', '']],
    suites: ['identity/'],
  },
  {
    promise: 'a cached token that expires is refused',
    file: 'server/identity/embedded/embedded-authenticator.ts',
    edits: [['if (this.#cache.isExpired(cached)) {', 'if (cached === null) {']],
    suites: ['identity/authenticators', 'identity/embedded/embedded'],
  },
  {
    promise: 'a token that is revoked while it is looked up is not kept',
    file: 'server/identity/tokens/identity-cache.ts',
    edits: [['if (generation !== this.#generation) return ask();', '']],
    suites: ['identity/authenticators', 'identity/embedded/embedded', 'identity/watch-keys/'],
  },
  {
    promise: 'the cache of tokens is limited in number',
    file: 'server/identity/tokens/identity-cache.ts',
    edits: [['this.#identities.size > MAX_CACHED && ', 'false && ']],
    suites: ['identity/authenticators', 'identity/embedded/embedded', 'identity/watch-keys/'],
  },
  {
    promise: 'an agent token that expired is refused',
    file: 'server/identity/embedded/embedded-authenticator.ts',
    edits: [['return this.#cache.isExpired(identity) ? undefined : identity;', 'return identity;']],
    suites: ['identity/embedded/embedded'],
  },
  {
    promise: 'the memory of failed logins is bounded',
    file: 'server/identity/embedded/failure-table.ts',
    edits: [['if (this.size > this.#most) this.#evict(failures.last);', '']],
    suites: ['identity/embedded/login-limits', 'identity/embedded/login-throttle'],
  },
  {
    promise: 'failures long ago are forgotten',
    file: 'server/identity/embedded/failure-table.ts',
    edits: [['return now - last > this.#limits.forgetAfter;', 'return false;']],
    suites: ['identity/embedded/login-limits', 'identity/embedded/login-throttle'],
  },
  {
    promise: 'many names tried once do not push out a name that is guessed at',
    file: 'server/identity/embedded/failure-table.ts',
    edits: [['Math.min(failures.count, LEVELS) - 1', '0']],
    suites: ['identity/embedded/login-limits', 'identity/embedded/login-throttle'],
  },
  {
    promise: 'a deleted application credential ends its tokens at once, cached ones too',
    file: 'server/identity/embedded/issued-secrets.ts',
    edits: [['this.#with.revocations.ended({ userId, projectId });', '']],
    suites: ['identity/', 'hub/connection/revocation', 'webhooks/credential'],
  },
  {
    promise: 'a revoked agent token is refused at once',
    file: 'server/identity/embedded/issued-secrets.ts',
    edits: [['this.#with.revocations.ended({ userId: id });', '']],
    suites: ['identity/', 'liveness/agents/endpoint', 'liveness/agents/session'],
  },
  {
    promise: 'credentials of a user are limited in number although many are made at once',
    file: 'server/identity/embedded/issued-secrets.ts',
    edits: [
      [
        'putApplicationCredential(credential, this.#with.maxCredentials)',
        'putApplicationCredential(credential)',
      ],
    ],
    suites: ['identity/'],
  },
  {
    promise: 'parallel guesses at one user are braked together',
    file: 'server/identity/embedded/login-throttle.ts',
    edits: [['this.#users.remember(user, { count: known.count + 1, last: now, busyUntil: now });\n', '']],
    suites: ['identity/embedded/login-limits', 'identity/embedded/login-throttle'],
  },
  {
    promise: 'guesses from one address are braked together',
    file: 'server/identity/embedded/login-throttle.ts',
    edits: [
      ['this.#addresses.remember(network, { count: known.count + 1, last: now, busyUntil: turn });', ''],
    ],
    suites: ['identity/embedded/login-limits', 'identity/embedded/login-throttle'],
  },
  {
    promise: 'a login that succeeds forgives the failures of its user',
    file: 'server/identity/embedded/login-throttle.ts',
    edits: [['if (proved !== undefined) this.#users.forget(user);', '']],
    suites: ['identity/embedded/login-limits', 'identity/embedded/login-throttle'],
  },
  {
    promise: 'an address waits no longer than the longest queue',
    file: 'server/identity/embedded/login-throttle.ts',
    edits: [['if (turn - now > LONGEST_QUEUE_MS) throw tooMany(turn - now);', '']],
    suites: ['identity/embedded/login-limits', 'identity/embedded/login-throttle'],
  },
  {
    promise: 'addresses of one IPv6 network are one address',
    file: 'server/identity/embedded/login-throttle.ts',
    edits: [['.slice(0, 4);\n', ';\n']],
    suites: ['identity/embedded/login-limits', 'identity/embedded/login-throttle'],
  },
  {
    promise: 'guesses are braked by user and not by the name that was given',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [["if (user !== undefined) return digestOf('user', user.id);", '']],
    suites: ['identity/embedded/login-limits', 'identity/embedded/login-throttle'],
  },
  {
    promise: 'guesses at an application credential are braked',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [
      [
        'const user = await throttle.attempt(account, from, async () => {',
        'const user = await (async (attempt: () => Promise<User | undefined>) => attempt())(async () => {',
      ],
    ],
    suites: [
      'identity/embedded/credential-guesses',
      'identity/embedded/login-limits',
      'identity/embedded/login-throttle',
      'identity/embedded/embedded',
    ],
  },
  {
    promise: 'a rehash never brings an old password back',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [
      [
        'await accounts.replacePasswordHash(id, proved, await passwords.hash(password));',
        'await accounts.putUser({ ...(await accounts.user(id))!, passwordHash: await passwords.hash(password) });',
      ],
    ],
    suites: ['identity/embedded/rehash'],
  },
  {
    promise: 'a token of a credential cannot be given another scope',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [["if (credential !== undefined && wanted.to !== 'default') {", 'if (false) {']],
    suites: ['identity/'],
  },
  {
    promise: 'a token of a credential cannot become unscoped',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [
      [
        "credential !== undefined && wanted.to !== 'default'",
        "credential !== undefined && wanted.to !== 'default' && wanted.to !== 'unscoped'",
      ],
    ],
    suites: ['identity/'],
  },
  {
    promise: 'a token of a credential cannot become one of the system',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [
      [
        "credential !== undefined && wanted.to !== 'default'",
        "credential !== undefined && wanted.to !== 'default' && wanted.to !== 'system'",
      ],
    ],
    suites: ['identity/'],
  },
  {
    promise: 'a token of a credential cannot become one of the domain',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [
      [
        "credential !== undefined && wanted.to !== 'default'",
        "credential !== undefined && wanted.to !== 'default' && wanted.to !== 'domain'",
      ],
    ],
    suites: ['identity/'],
  },
  {
    promise: 'a system token cannot be exchanged for a narrower one',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [["if (token.scope?.on === 'system' && (", 'if (false && (']],
    suites: ['identity/'],
  },
  {
    promise: 'a disabled user cannot use a credential',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [['right && owner?.enabled && isGood', 'right && owner && isGood']],
    suites: ['identity/'],
  },
  {
    promise: 'an expired credential cannot log in',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [[' && isGood(credential, clock.now()) ? owner', ' ? owner']],
    suites: ['identity/'],
  },
  {
    promise: 'a name in another domain is not found',
    file: 'server/identity/embedded/verify-credentials.ts',
    edits: [
      [
        'return isOurs(domain) ? this.#with.accounts.userNamed(name) : undefined;',
        'return this.#with.accounts.userNamed(name);',
      ],
    ],
    suites: ['identity/'],
  },
  {
    promise: 'a token that is issued while its user is revoked is no good',
    file: 'server/identity/embedded/logins.ts',
    edits: [['if (!ended.has(undefined) && !ended.has(token.userId)) {', 'if (true) {']],
    suites: ['identity/'],
  },
  {
    promise: 'proofs of two users are no login',
    file: 'server/identity/embedded/logins.ts',
    edits: [[' || shown.some((other) => other.user.id !== user.id)', '']],
    suites: ['identity/'],
  },
  {
    promise: 'a token made from a token does not live longer',
    file: 'server/identity/embedded/logins.ts',
    edits: [['parent?.expiresAt ?? now + lifetime', 'now + lifetime']],
    suites: ['identity/'],
  },
  {
    promise: 'a token of a credential does not outlive it',
    file: 'server/identity/embedded/logins.ts',
    edits: [['Math.floor(credential?.expiresAt ?? Number.MAX_SAFE_INTEGER)', 'Number.MAX_SAFE_INTEGER']],
    suites: ['identity/'],
  },
  {
    promise: 'a user who holds no role in a project gets no token for it',
    file: 'server/identity/embedded/logins.ts',
    edits: [['if (scope !== null && access === undefined) throw refused();', '']],
    suites: ['identity/'],
  },
  {
    promise: 'expired tokens are removed',
    file: 'server/identity/embedded/logins.ts',
    edits: [['await this.#with.accounts.removeTokensExpired(now);', '']],
    suites: ['identity/'],
  },
  {
    promise: 'an unknown user costs as much time as a wrong password',
    file: 'server/identity/embedded/passwords.ts',
    edits: [['const derived = await', 'if (key === undefined) return false; const derived = await']],
    suites: [
      'identity/embedded/no-password',
      'identity/embedded/passwords',
      'identity/embedded/login-limits',
      'identity/embedded/login-throttle',
      'identity/embedded/embedded',
    ],
  },
  {
    promise: 'an empty password is refused',
    file: 'server/identity/embedded/passwords.ts',
    edits: [["password === '' || ", '']],
    suites: ['identity/'],
  },
  {
    promise: 'tokens of a user are limited in rate',
    file: 'server/identity/tokens/mint-rate.ts',
    edits: [['if (wait > 0) return wait;', '']],
    suites: ['identity/tokens/mint-rate', 'identity/embedded/login-limits'],
  },
  {
    promise: 'rates of users that are idle are forgotten',
    file: 'server/identity/tokens/mint-rate.ts',
    edits: [['this.#buckets.delete(other);', '']],
    suites: ['identity/tokens/mint-rate', 'identity/embedded/login-limits'],
  },
  {
    promise: 'a ticket works once',
    file: 'server/identity/tokens/tickets.ts',
    edits: [['    this.#kept.delete(ticket);\n', '']],
    suites: ['identity/', 'hub/session', 'hub/endpoints/handshake'],
  },
  {
    promise: 'a ticket ends with its time',
    file: 'server/identity/tokens/tickets.ts',
    edits: [['kept !== undefined && kept.expiresAt > this.#clock.now()', 'kept !== undefined']],
    suites: ['identity/', 'hub/session'],
  },
  {
    promise: 'a ticket does not outlive its token',
    file: 'server/identity/tokens/tickets.ts',
    edits: [
      [
        'Math.min(now + TICKET_LIFETIME_MS, identity.expiresAt ?? Number.MAX_SAFE_INTEGER)',
        'now + TICKET_LIFETIME_MS',
      ],
    ],
    suites: ['identity/', 'hub/session'],
  },
  {
    promise: 'a revoked user has no tickets left',
    file: 'server/identity/tokens/tickets.ts',
    edits: [['if (touches(gone, identity)) this.#take(ticket);', '{}']],
    suites: ['identity/', 'hub/connection/revocation', 'hub/session'],
  },
  {
    promise: 'tickets of one user are limited in number',
    file: 'server/identity/tokens/tickets.ts',
    edits: [['own.size >= MAX_TICKETS_OF_USER', 'false']],
    suites: ['identity/', 'hub/session'],
  },
  {
    promise: 'tickets of all are limited in number',
    file: 'server/identity/tokens/tickets.ts',
    edits: [[' && this.#kept.size < MAX_TICKETS) break', ') break']],
    suites: ['identity/', 'hub/session'],
  },
  {
    promise: 'agent tokens are for admins alone',
    file: 'server/identity/tokens/agent-tokens.ts',
    edits: [['if (!isAdmin(c.var.identity)) throw', 'if (false) throw']],
    suites: ['identity/', 'rights/'],
  },
  {
    promise: 'a project that is disabled gives no access',
    file: 'server/identity/tokens/tokens.ts',
    edits: [['!project?.enabled', 'project === undefined']],
    suites: ['identity/'],
  },
  {
    promise: 'a token of a deleted credential is refused',
    file: 'server/identity/tokens/tokens.ts',
    edits: [
      ['if (token.applicationCredentialId !== null && !isGood(credential, now)) return undefined;', ''],
    ],
    suites: ['identity/'],
  },
  {
    promise: 'a domain that is not ours gives no access',
    file: 'server/identity/tokens/tokens.ts',
    edits: [['scope.id !== DEFAULT_DOMAIN.id', 'false']],
    suites: ['identity/'],
  },
  {
    promise: 'a service token that is not valid refuses the request',
    file: 'server/identity/middleware.ts',
    edits: [['if (identity !== undefined && service !== undefined)', 'if (identity !== undefined)']],
    suites: ['identity/', 'nova/'],
  },
  {
    promise: 'a token without a project is allowed nothing',
    file: 'server/identity/policy/live-policy.ts',
    edits: [[' || identity.projectId === null) return false', ') return false']],
    suites: ['identity/policy/policy', 'identity/policy/nova-policy', 'rights/'],
  },
  {
    promise: 'a rule that nothing serves is refused',
    file: 'server/identity/policy/live-policy.ts',
    edits: [['decide === undefined || known === undefined', 'decide === undefined']],
    suites: ['identity/policy/policy', 'identity/policy/nova-policy', 'rights/'],
    equivalent: 'rules are compiled for what is served alone, so what is not served has no decision either',
  },
  {
    promise: 'a policy that is being written is not read yet',
    file: 'server/config/files/watch-files.ts',
    edits: [[' && isStill && ', ' && ']],
    suites: ['config/watch-files'],
  },
  {
    promise: 'a bad policy file is not read again and again',
    file: 'server/config/files/watch-files.ts',
    edits: [['      inForce = found;\n', '']],
    suites: ['config/watch-files'],
  },
  {
    promise: 'an identity service that fails is left alone for a while',
    file: 'server/identity/remote/circuit.ts',
    edits: [['throw this.#unavailable();\n    this.#probing', 'this.#probing']],
    suites: ['identity/'],
  },
  {
    promise: 'circuits close again',
    file: 'server/identity/remote/circuit.ts',
    edits: [['    this.#openUntil = undefined;\n', '']],
    suites: ['identity/'],
  },
  {
    promise: 'a circuit asks with one probe at a time',
    file: 'server/identity/remote/circuit.ts',
    edits: [['this.#probing || ', '']],
    suites: ['identity/'],
  },
  {
    promise: 'a probe that fails waits longer than the one before',
    file: 'server/identity/remote/circuit.ts',
    edits: [['2 ** this.#pauses++', '2 ** this.#pauses']],
    suites: ['identity/'],
  },
  {
    promise: 'a single failure does not open a circuit',
    file: 'server/identity/remote/circuit.ts',
    edits: [[' && this.#failures < FAILURES_TO_OPEN', '  && false']],
    suites: ['identity/'],
  },
  {
    promise: 'a token that changed elsewhere ends sockets',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['if (changed && was !== undefined)', 'if (false)']],
    suites: ['identity/'],
  },
  {
    promise: 'a refusal is not kept as long as a token',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['Math.min(REFUSAL_KEPT, cacheTime)', 'cacheTime']],
    suites: ['identity/'],
  },
  {
    promise: 'questions about one token at the same time are one',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['if (running !== undefined) return running;', '']],
    suites: ['identity/'],
  },
  {
    promise: 'tokens of other services are kept in bounded memory',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['this.#entries.size <= this.#options.cacheSize && this.#bytes <= CACHE_BYTES', 'true']],
    suites: ['identity/'],
  },
  {
    promise: 'tokens that sockets rely on are asked about again',
    file: 'server/identity/remote/remote-authenticator.ts',
    edits: [['due.add(entry);', 'void entry;']],
    suites: ['identity/'],
  },
  {
    promise: 'an OIDC token for another audience is refused',
    file: 'server/identity/remote/oidc-verifier.ts',
    edits: [['        audience: [...settings.audience],\n', '']],
    suites: ['identity/remote/oidc-mode'],
  },
  {
    promise: 'an OIDC token of another issuer is refused',
    file: 'server/identity/remote/oidc-verifier.ts',
    edits: [['        issuer: settings.issuer,\n', '']],
    suites: ['identity/remote/oidc-mode'],
  },
  {
    promise: 'an OIDC token needs an end',
    file: 'server/identity/remote/oidc-verifier.ts',
    edits: [["requiredClaims: ['exp', 'sub']", "requiredClaims: ['sub']"]],
    suites: ['identity/remote/oidc-mode'],
    equivalent: 'claims without an end give no identity either: identityOfClaims refuses them',
  },
  {
    promise: 'a discovery document of another issuer is refused',
    file: 'server/identity/remote/oidc-verifier.ts',
    edits: [['if (document.data.issuer !== issuer) {', 'if (false) {']],
    suites: ['identity/remote/oidc-mode'],
  },
  {
    promise: 'a Keystone that refuses our own token is asked with a new one',
    file: 'server/identity/remote/keystone-verifier.ts',
    edits: [['if (first.status !== 401) return first;', 'return first;']],
    suites: ['identity/keystone-v3/accounts', 'identity/keystone-v3/login', 'identity/remote/keystone-mode'],
  },
  {
    promise: 'a body of exactly the limit passes the identity API',
    file: 'server/identity/read-json.ts',
    edits: [['if (size > MAX_BODY_BYTES)', 'if (size >= MAX_BODY_BYTES)']],
    suites: ['identity/read-json'],
  },
  {
    promise: 'a body beyond the limit is refused by the identity API',
    file: 'server/identity/read-json.ts',
    edits: [['if (size > MAX_BODY_BYTES)', 'if (false)']],
    suites: ['identity/read-json'],
  },
  {
    promise: 'a token with access rules is refused where no request is known',
    file: 'server/identity/access-rules/access-rules.ts',
    edits: [['if (request === undefined) return false;', 'if (request === undefined) return true;']],
    suites: ['identity/', 'flows/access-rules'],
  },
  {
    promise: 'an access rule is for its method alone',
    file: 'server/identity/access-rules/access-rules.ts',
    edits: [['      method.toUpperCase() === request.method &&\n', '']],
    suites: ['identity/watch-keys/access-rules', 'flows/access-rules'],
  },
  {
    promise: 'an access rule of another service opens nothing here',
    file: 'server/identity/access-rules/access-rules.ts',
    edits: [['      services.includes(service.toLowerCase()) &&\n', '']],
    suites: ['identity/watch-keys/access-rules', 'flows/access-rules'],
  },
  {
    promise: 'caches are corrected before anybody hears of ended rights',
    file: 'server/identity/tokens/revocations.ts',
    edits: [
      [
        '    this.changed(touched);\n    for (const listener of [...this.#onEnded]) listener(touched);',
        '    for (const listener of [...this.#onEnded]) listener(touched);\n    this.changed(touched);',
      ],
    ],
    suites: ['identity/'],
  },
  {
    promise: 'a restart makes no new administrator',
    file: 'server/identity/embedded/bootstrap.ts',
    edits: [['if ((await accounts.assignments({ roleId })).length > 0) return {};', '']],
    suites: ['identity/embedded/bootstrap'],
  },
  {
    promise: 'a watch key is refused where it is not good',
    file: 'server/identity/middleware.ts',
    edits: [["if (identity?.kind === 'watch' && !watchKeys) return watchKeyRefused(api);", '']],
    suites: ['identity/', 'rights/'],
  },
  {
    promise: 'a check of a policy is nested to a limited depth',
    file: 'server/identity/policy/check.ts',
    edits: [['if (++this.#depth > DEEPEST)', 'if (false)']],
    suites: ['identity/policy/'],
  },
  {
    promise: 'roles in a policy are the same in capitals',
    file: 'server/identity/policy/check.ts',
    edits: [["return { is: 'role', name: match.toLowerCase() };", "return { is: 'role', name: match };"]],
    suites: ['identity/policy/'],
  },
  {
    promise: 'a user makes application credentials for nobody else',
    file: 'server/identity/keystone-v3/resources/application-credentials.ts',
    edits: [["if (caller.user.id !== c.req.param('user')) throw", 'if (false) throw']],
    suites: ['identity/keystone-v3/', 'identity/embedded/credential'],
  },
  {
    promise: 'a user deletes no application credential of another',
    file: 'server/identity/keystone-v3/resources/application-credentials.ts',
    edits: [
      [
        "demandAdmin(c.var.caller, 'identity:delete_application_credential', c.var.caller.user.id === user);",
        '',
      ],
    ],
    suites: ['identity/keystone-v3/', 'rights/'],
  },
  {
    promise: 'a restricted credential deletes no application credential',
    file: 'server/identity/keystone-v3/resources/application-credentials.ts',
    edits: [
      [
        `    refuseRestricted(c.var.caller);
    demandAdmin`,
        '    demandAdmin',
      ],
    ],
    suites: ['identity/keystone-v3/'],
  },
];
