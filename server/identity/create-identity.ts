/**
 * Creates the identity that the settings ask for: our own accounts, or an external service that knows the users.
 */
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
import { createElsewhereApp } from './remote/not-here.ts';
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
  /** Whether what other nodes revoke is known here without delay. */
  readonly isCurrent: () => boolean;
}

export interface IdentityParts {
  readonly accounts: Accounts;
  readonly authenticator: Authenticator;
  /** For those who manage watch keys, which are ours in every mode as well. */
  readonly revocations: Revocations;
  readonly lastUse: LastUse;
  /** Agents' tokens are ours in every mode. */
  readonly issued: IssuedSecrets;
  /** Where users are ours to keep. */
  readonly directory: Directory | undefined;
  /** Where users are kept elsewhere and can be asked about; see `Verifier.rolesOf`. */
  readonly rolesOf?: NonNullable<Verifier['rolesOf']>;
  /** See bootstrap.ts; where users are kept elsewhere there is nothing to begin with. */
  bootstrap(options: {
    readonly adminPassword?: string | undefined;
  }): Promise<{ readonly generatedPassword?: string }>;
  /** `/identity`: the API, or where it is. */
  endpoints(options: {
    readonly baseUrl: BaseUrl;
    readonly clientAddress: (request: Request) => string | undefined;
    readonly record?: Recorder;
  }): Hono;
  /** The secrets of the settings were renewed: what was refused for the old ones is tried again now. */
  secretsRenewed(): void;
  close(): Promise<void>;
}

/** Asks nobody yet: a server starts while its Keystone is away, and answers 503 until it is there. */
export function createIdentity(options: IdentityOptions): IdentityParts {
  const { config, accounts, clock, isCurrent } = options;
  const own = createEmbeddedIdentity({
    accounts,
    clock,
    tokenLifetime: config.tokenLifetime,
    maxTokens: config.maxTokens,
    maxCredentials: config.maxCredentials,
    isCurrent,
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

/** Watch keys before every other token, and access rules behind both. */
function withWatchKeys(
  others: Authenticator,
  { revocations }: EmbeddedIdentity,
  { watchKeys: keys, clock, logger, setTimer, isCurrent }: IdentityOptions,
  isProjectEnabled: (projectId: string) => Promise<boolean>,
) {
  const lastUse = new LastUse({ keys, clock, setTimer, logger });
  const throttle = new LoginThrottle(clock, sleepUnlessGone);
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
    endpoints: () => createElsewhereApp(where),
    async close() {
      projects?.close();
      remembered.close();
      await watch.close();
    },
  };
}
