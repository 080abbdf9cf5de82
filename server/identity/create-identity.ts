/**
 * Creates the identity that the settings ask for: our own accounts, or an external service that knows the users.
 */
import type { Hono } from 'hono';
import type { Recorder } from '../audit/recorder.ts';
import type { BaseUrl } from '../config/base-url.ts';
import type { Config, Secrets } from '../config/config.ts';
import type { Clock, Duration } from '../domain/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Accounts } from './accounts.ts';
import { createEmbeddedIdentity, type EmbeddedIdentity } from './embedded/create-embedded.ts';
import type { Directory } from './embedded/directory.ts';
import type { IssuedSecrets } from './embedded/issued-secrets.ts';
import type { Authenticator } from './identity.ts';
import { createKeystoneApp } from './keystone-v3/app.ts';
import { keystoneSettings } from './remote/keystone-settings.ts';
import { KeystoneVerifier } from './remote/keystone-verifier.ts';
import { createElsewhereApp } from './remote/not-here.ts';
import { oidcSettings } from './remote/oidc-settings.ts';
import { OidcVerifier } from './remote/oidc-verifier.ts';
import { RemoteAuthenticator } from './remote/remote-authenticator.ts';
import type { Verifier } from './remote/verifier.ts';

export interface IdentityOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly setTimer: (then: () => void, after: Duration) => () => void;
}

export interface IdentityParts {
  readonly accounts: Accounts;
  readonly authenticator: Authenticator;
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
  close(): void;
}

/** Asks nobody yet: a server starts while its Keystone is away, and answers 503 until it is there. */
export function createIdentity(options: IdentityOptions): IdentityParts {
  const { config, accounts, clock } = options;
  const own = createEmbeddedIdentity({
    accounts,
    clock,
    tokenLifetime: config.tokenLifetime,
    maxTokens: config.maxTokens,
    maxCredentials: config.maxCredentials,
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

function embedded(own: EmbeddedIdentity, { config, logger }: IdentityOptions): IdentityParts {
  return {
    ...own,
    endpoints: (edge) => createKeystoneApp({ ...own, ...edge, region: config.region, logger }),
    close: () => undefined,
  };
}

function remote(
  own: EmbeddedIdentity,
  { accounts, clock, config, logger, setTimer }: IdentityOptions,
  verifier: Verifier,
  { where }: { readonly where: string },
): IdentityParts {
  const authenticator = new RemoteAuthenticator({
    verifier,
    agents: own.authenticator,
    revocations: own.revocations,
    clock,
    logger,
    setTimer,
    cacheTime: config.authCacheTime,
    cacheSize: config.authCacheSize,
  });
  return {
    accounts,
    authenticator,
    issued: own.issued,
    directory: undefined,
    ...(verifier.rolesOf === undefined ? {} : { rolesOf: verifier.rolesOf.bind(verifier) }),
    bootstrap: async () => ({}),
    endpoints: () => createElsewhereApp(where),
    close: () => authenticator.close(),
  };
}
