import type { Identity } from '../identity.ts';

/** Somebody elsewhere who can tell what a token is worth. */
export interface Verifier {
  /**
   * @returns undefined for a token that is unknown, expired or revoked
   * @param key whose turn it is in the queue: what one address asks delays that address
   * @throws DomainError `unavailable` or `too_many` if it cannot be said now
   */
  verify(token: string, key?: string): Promise<Identity | undefined>;
  /** For `WWW-Authenticate`: where a token is to be had. */
  readonly challenge: string;
  /**
   * The roles that a user has in a project now, where that can be asked without the user's token. @returns an
   * empty list if the user is gone or disabled; undefined if it is unknown
   */
  rolesOf?(
    userId: string,
    projectId: string,
    /** Also none if this application credential of the user is gone. */
    credentialId?: string | null,
  ): Promise<readonly string[] | undefined>;
  /**
   * Whether a project is there, where that can be asked.
   * @returns undefined where Keystone gave no answer, or does not give one to our user
   */
  projectState?(projectId: string): Promise<'enabled' | 'disabled' | 'gone' | undefined>;
  /** Our own credentials there were renewed: see `IdentityParts.secretsRenewed`. */
  secretsRenewed?(): void;
}
