import type { Identity } from '../identity.ts';

/** PORT. An external service that says what a token is worth. */
export interface Verifier {
  /**
   * @returns undefined for a token that is unknown, expired or revoked
   * @param key whose turn in the queue it takes: an address that asks much delays itself
   * @throws DomainError `unavailable` or `too_many` if the service cannot answer now
   */
  verify(token: string, key?: string): Promise<Identity | undefined>;
  /** For `WWW-Authenticate`: where clients get a token. */
  readonly challenge: string;
  /**
   * The roles that a user has in a project now, where the service answers that without the user's token.
   * @returns an empty list if the user is gone or disabled; undefined if unknown
   */
  rolesOf?(
    userId: string,
    projectId: string,
    /** Also empty if this application credential of the user is gone. */
    credentialId?: string | null,
  ): Promise<readonly string[] | undefined>;
  /**
   * Whether a project exists, where the service can answer that.
   * @returns undefined where Keystone gave no answer, or refuses to give one to our user
   */
  projectState?(projectId: string): Promise<'enabled' | 'disabled' | 'gone' | undefined>;
  /** Our own credentials there were renewed: see `IdentityParts.secretsRenewed`. */
  secretsRenewed?(): void;
}
