/** Creates the embedded identity service: one of each part, all on one set of accounts. */
import type { Clock, Duration } from '../../domain/clock.ts';
import type { Accounts } from '../../ports/accounts.ts';
import { Revocations } from '../tokens/revocations.ts';
import { newId, type RandomBytes, systemRandom } from '../tokens/secrets.ts';
import { bootstrap } from './bootstrap.ts';
import { Directory } from './directory.ts';
import { EmbeddedAuthenticator } from './embedded-authenticator.ts';
import { IssuedSecrets } from './issued-secrets.ts';
import { LoginThrottle, type Sleep, sleepUnlessGone } from './login-throttle.ts';
import { Logins } from './logins.ts';
import { Passwords, type ScryptCost } from './passwords.ts';
import { CredentialVerifier } from './verify-credentials.ts';

export interface EmbeddedOptions {
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly tokenLifetime: Duration;
  /** Limit for one user: live tokens, and application credentials. */
  readonly maxTokens?: number;
  readonly maxCredentials?: number;
  readonly random?: RandomBytes;
  readonly sleep?: Sleep;
  readonly cost?: ScryptCost;
  /** Whether this process learns without delay what other nodes revoke. */
  readonly isCurrent?: () => boolean;
  /** How many nodes share the accounts; 1 without. */
  readonly nodeCount?: (() => number) | undefined;
}

export interface EmbeddedIdentity {
  readonly accounts: Accounts;
  readonly authenticator: EmbeddedAuthenticator;
  readonly directory: Directory;
  readonly issued: IssuedSecrets;
  readonly verifier: CredentialVerifier;
  readonly logins: Logins;
  readonly revocations: Revocations;
  /** See bootstrap.ts. */
  bootstrap(options?: {
    readonly adminPassword?: string | undefined;
  }): Promise<{ readonly generatedPassword?: string }>;
}

export function createEmbeddedIdentity(options: EmbeddedOptions): EmbeddedIdentity {
  const { accounts, clock, tokenLifetime: lifetime, random = systemRandom } = options;
  const { maxTokens = 1_000, maxCredentials = 100 } = options;
  const passwords = new Passwords(random, options.cost);
  const revocations = new Revocations();
  const throttle = new LoginThrottle(clock, options.sleep ?? sleepUnlessGone, options.nodeCount);
  const verifier = new CredentialVerifier({ accounts, passwords, throttle, clock });
  const directory = new Directory(accounts, passwords, revocations, () => newId(random));
  return {
    accounts,
    authenticator: new EmbeddedAuthenticator(accounts, clock, revocations, options.isCurrent),
    directory,
    issued: new IssuedSecrets({ accounts, passwords, revocations, clock, random, maxCredentials }),
    verifier,
    revocations,
    logins: new Logins({ accounts, verifier, revocations, clock, random, lifetime, maxTokens }),
    bootstrap: (given = {}) => bootstrap(accounts, directory, { ...given, random }),
  };
}
