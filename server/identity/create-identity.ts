/** Creates the identity service that the settings ask for: our own accounts, or an external service. */
import type { Hono } from 'hono';
import type { Recorder } from '../audit/recorder.ts';
import type { BaseUrl } from '../config/base-url.ts';
import type { Config, Secrets } from '../config/config.ts';
import type { Clock, Duration } from '../domain/clock.ts';
import type { Accounts } from '../ports/accounts.ts';
import type { WatchKeyStore } from '../ports/watch-key-store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { withAccessRules } from './access-rules/ruled-authenticator.ts';
import { createEmbeddedIdentity, type EmbeddedIdentity } from './embedded/create-embedded.ts';
import type { Directory } from './embedded/directory.ts';
import type { IssuedSecrets } from './embedded/issued-secrets.ts';
import { LoginThrottle, sleepUnlessGone } from './embedded/login-throttle.ts';
import type { Authenticator } from './identity.ts';
import { createKeystoneApp } from './keystone-v3/app.ts';
import { keystoneSettings } from './remote/keystone-settings.ts';
import { KeystoneVerifier } from './remote/keystone-verifier.ts';
import { createNotHereApp } from './remote/not-here.ts';
import { oidcSettings } from './remote/oidc-settings.ts';
import { OidcVerifier } from './remote/oidc-verifier.ts';
import { RemoteAuthenticator } from './remote/remote-authenticator.ts';
import type { Verifier } from './remote/verifier.ts';
import type { Revocations } from './tokens/revocations.ts';
import { LastUse } from './watch-keys/last-use.ts';
import { ProjectWatch } from './watch-keys/project-watch.ts';
import { WatchKeyAuthenticator } from './watch-keys/watch-key-authenticator.ts';

export interface IdentityOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly accounts: Accounts;
  readonly watchKeys: WatchKeyStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly setTimer: (then: () => void, after: Duration) => () => void;
  /** Whether this process learns without delay what other nodes revoke. */
  readonly isCurrent: () => boolean;
  /** How many nodes share the accounts; 1 without. */
  readonly nodeCount?: (() => number) | undefined;
}

export interface IdentityParts {
  readonly accounts: Accounts;
  readonly authenticator: Authenticator;
  /** For project members who manage watch keys; hostbeat keeps these keys in every mode. */
  readonly revocations: Revocations;
  readonly lastUse: LastUse;
  /** Agents' tokens; hostbeat keeps them in every mode. */
  readonly issued: IssuedSecrets;
  /** Present where hostbeat keeps the users. */
  readonly directory: Directory | undefined;
  /** Present where an external service keeps the users and answers questions about them; see `Verifier.rolesOf`. */
  readonly rolesOf?: NonNullable<Verifier['rolesOf']>;
  /** See bootstrap.ts. Does nothing where an external service keeps the users. */
  bootstrap(options: {
    readonly adminPassword?: string | undefined;
  }): Promise<{ readonly generatedPassword?: string }>;
  /** `/identity`: the API, or a page that says where the API is. */
  endpoints(options: {
    readonly baseUrl: BaseUrl;
    readonly clientAddress: (request: Request) => string | undefined;
    readonly record?: Recorder;
  }): Hono;
  /** The secrets in the settings were renewed: tries again what was refused with the old ones. */
  secretsRenewed(): void;
  close(): Promise<void>;
}

/** Sends no request yet: a server starts while its Keystone is away, and answers 503 until Keystone is back. */
export function createIdentity(options: IdentityOptions): IdentityParts {
  const { config, accounts, clock, isCurrent, nodeCount } = options;
  const own = createEmbeddedIdentity({
    accounts,
    clock,
    tokenLifetime: config.tokenLifetime,
    maxTokens: config.maxTokens,
    maxCredentials: config.maxCredentials,
    isCurrent,
    nodeCount,
  });
  switch (config.auth) {
    case 'embedded':
      return embedded(own, options);
    case 'keystone': {
      const settings = keystoneSettings(config, options.secrets);
      return remote(own, options, new KeystoneVerifier({ settings, clock, logger: options.logger }), {
        where: `the Keystone at ${settings.publicUrl}`,
      });
    }
    case 'oidc': {
      const settings = oidcSettings(config);
      return remote(own, options, new OidcVerifier({ settings, clock, logger: options.logger }), {
        where: `the OIDC issuer ${settings.issuer}`,
      });
    }
  }
}

function embedded(own: EmbeddedIdentity, options: IdentityOptions): IdentityParts {
  const { config, logger, accounts } = options;
  const isProjectEnabled = async (id: string) => (await accounts.project(id))?.enabled === true;
  return {
    ...own,
    ...withWatchKeys(own.authenticator, own, options, isProjectEnabled),
    secretsRenewed() {},
    endpoints: (edge) => createKeystoneApp({ ...own, ...edge, region: config.region, logger }),
  };
}

/** Watch keys are looked up before all other tokens; access rules apply to both. */
function withWatchKeys(
  others: Authenticator,
  { revocations }: EmbeddedIdentity,
  { watchKeys: keys, clock, logger, setTimer, isCurrent, nodeCount }: IdentityOptions,
  isProjectEnabled: (projectId: string) => Promise<boolean>,
) {
  const lastUse = new LastUse({ keys, clock, setTimer, logger });
  const throttle = new LoginThrottle(clock, sleepUnlessGone, nodeCount);
  const watch = { others, keys, isProjectEnabled, revocations, lastUse, throttle, clock, isCurrent };
  const authenticator = withAccessRules(new WatchKeyAuthenticator(watch));
  return { authenticator, lastUse, close: () => lastUse.close() };
}

function remote(
  own: EmbeddedIdentity,
  options: IdentityOptions,
  verifier: Verifier,
  { where }: { readonly where: string },
): IdentityParts {
  const { accounts, clock, config, logger, setTimer, watchKeys: keys } = options;
  const { revocations } = own;
  const remembered = new RemoteAuthenticator({
    verifier,
    agents: own.authenticator,
    revocations,
    clock,
    logger,
    setTimer,
    cacheTime: config.authCacheTime,
    cacheSize: config.authCacheSize,
  });
  const watch = withWatchKeys(remembered, own, options, async () => true);
  const projects =
    verifier.projectState === undefined
      ? undefined
      : new ProjectWatch({
          keys,
          stateOf: verifier.projectState.bind(verifier),
          revocations,
          every: config.authCacheTime,
          clock,
          setTimer,
          logger,
        });
  return {
    accounts,
    authenticator: watch.authenticator,
    revocations,
    lastUse: watch.lastUse,
    issued: own.issued,
    directory: undefined,
    ...(verifier.rolesOf === undefined ? {} : { rolesOf: verifier.rolesOf.bind(verifier) }),
    bootstrap: async () => ({}),
    secretsRenewed: () => verifier.secretsRenewed?.(),
    endpoints: () => createNotHereApp(where),
    async close() {
      projects?.close();
      remembered.close();
      await watch.close();
    },
  };
}
