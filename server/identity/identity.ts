/** The identity of a caller, and the port of the service that knows it. */
import type { Instant } from '../domain/clock.ts';
import type { RequestRule, TokenRequest } from './access-rules/access-rules.ts';

export interface Identity {
  /**
   * `user`: a person or program with roles in a project. `agent`: a reporter, bound to its hosts. `watch`: a project's
   * watch key, which follows servers and does nothing else.
   */
  readonly kind: 'user' | 'agent' | 'watch';
  readonly userId: string;
  readonly userName: string;
  /** Undefined where it is not known: a webhook's maker, where users are kept elsewhere. */
  readonly userDomainId: string | undefined;
  /** Null where the token is not scoped to a project. */
  readonly projectId: string | null;
  readonly projectName: string | null;
  /** Undefined where it is not known; null where the token is not scoped to a project. */
  readonly projectDomainId?: string | null | undefined;
  /** What Keystone says of the project; true unless it says otherwise. Undefined where it is not known. */
  readonly isAdminProject?: boolean | undefined;
  readonly roles: readonly string[];
  /** Of the service that asks on the user's behalf (`X-Service-Token`). */
  readonly service?: ServiceIdentity;
  /** The application credential that the token was had with. */
  readonly credentialId?: string;
  /** That credential must not be used to make others. */
  readonly isRestricted?: boolean;
  /** Requests that the token may be used for, by any of these; whatever its roles allow, without. */
  readonly accessRules?: readonly RequestRule[];
  readonly expiresAt: Instant | null;
  /** Agents: the hosts they may report for. `*` alone means any. */
  readonly hosts: readonly string[];
  /** Watch keys: the servers they may follow. All of the project's, without. */
  readonly servers?: readonly string[];
  /** Watch keys: the right to start and end drills of those servers, which its maker chose. */
  readonly mayDrill?: boolean;
}

export type ServiceIdentity = Pick<
  Identity,
  'userId' | 'userDomainId' | 'projectId' | 'projectDomainId' | 'roles'
>;

/** A secret as it came in, and where from, for slowing guesses. Never logged. */
export interface Credential {
  readonly token: string;
  readonly address?: string;
  /** What is requested with it. A token that has access rules is good for nothing without. */
  readonly request?: TokenRequest;
}

/** PORT. Embedded accounts, a real Keystone and OIDC are three of them. */
export interface Authenticator {
  /**
   * @returns undefined for a token that is unknown, expired or revoked @throws DomainError `unavailable` if it
   * cannot be checked now
   */
  authenticate(credential: Credential): Promise<Identity | undefined>;
  /**
   * Calls back when tokens that were valid no longer are, or are worth something else. Returns how to stop listening.
   * @param relying tells whom the listener has let in: where nobody brings news of a revocation, they are asked about
   * again from time to time
   */
  onRevoked(
    listener: (gone: { readonly userId?: string; readonly projectId?: string }) => void,
    relying?: () => Iterable<Identity>,
  ): () => void;
  /** Characters of the longest text that may be a token; LONGEST_SECRET where it does not say. Longer ones are not. */
  readonly longestToken?: number;
  /** What `WWW-Authenticate` says to those without a token. Without it: our own identity service. */
  readonly challenge?: string;
}

export function hasRole(identity: Identity, role: string): boolean {
  return identity.roles.some((own) => own.toLowerCase() === role);
}

export function isAdmin(identity: Identity): boolean {
  return hasRole(identity, 'admin');
}

/** May this identity report for the host? Role admin or service for any, an agent token for its own. */
export function mayReport(identity: Identity, host: string): boolean {
  return reportsFor(identity)(host);
}

/** As mayReport, for a batch of hosts: what depends on the identity alone is looked at once. */
export function reportsFor(identity: Identity): (host: string) => boolean {
  if (identity.kind === 'agent' && !identity.hosts.includes('*')) {
    const hosts = new Set(identity.hosts);
    return (host) => hosts.has(host);
  }
  if (identity.kind === 'watch') return () => false;
  const any = identity.kind === 'agent' || hasRole(identity, 'admin') || hasRole(identity, 'service');
  return () => any;
}
