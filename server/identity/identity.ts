/** The identity of a caller, and the port of the service that identifies it. */
import type { Instant } from '../domain/clock.ts';
import type { RequestRule, TokenRequest } from './access-rules/access-rules.ts';

export interface Identity {
  /**
   * `user`: a person or program with roles in a project. `agent`: reports, for its own hosts. `watch`: a project's
   * watch key, which follows servers and does nothing else.
   */
  readonly kind: 'user' | 'agent' | 'watch';
  readonly userId: string;
  readonly userName: string;
  /** Undefined where unknown: the maker of a webhook, where an external service keeps the users. */
  readonly userDomainId: string | undefined;
  /** Null where the token is not scoped to a project. */
  readonly projectId: string | null;
  readonly projectName: string | null;
  /** Undefined where unknown; null where the token is not scoped to a project. */
  readonly projectDomainId?: string | null | undefined;
  /** What Keystone says of the project; true unless it says otherwise. Undefined where unknown. */
  readonly isAdminProject?: boolean | undefined;
  readonly roles: readonly string[];
  /** Roles of the service that asks on the user's behalf (`X-Service-Token`). */
  readonly service?: ServiceIdentity;
  /** The application credential that the token was issued for. */
  readonly credentialId?: string;
  /** That credential must not be used to make others. */
  readonly isRestricted?: boolean;
  /** The token may be used for requests that match one of these. Without rules its roles alone decide. */
  readonly accessRules?: readonly RequestRule[];
  readonly expiresAt: Instant | null;
  /** Agents: the hosts they may report for. `*` alone means any. */
  readonly hosts: readonly string[];
  /** Watch keys: the servers that they may follow. Without a list, all of the project's. */
  readonly servers?: readonly string[];
  /** Watch keys: the right to start and end drills of those servers, given by the key's maker. */
  readonly mayDrill?: boolean;
}

export type ServiceIdentity = Pick<
  Identity,
  'userId' | 'userDomainId' | 'projectId' | 'projectDomainId' | 'roles'
>;

/** A secret as it was sent, and the sender's address, by which guessing is slowed. Never logged. */
export interface Credential {
  readonly token: string;
  readonly address?: string;
  /** The request that the token came with. Without it, a token that has access rules is refused. */
  readonly request?: TokenRequest;
}

/** PORT. Implemented by embedded accounts, a real Keystone and OIDC. */
export interface Authenticator {
  /**
   * @returns undefined for a token that is unknown, expired or revoked @throws DomainError `unavailable` if it cannot
   * be checked now
   */
  authenticate(credential: Credential): Promise<Identity | undefined>;
  /**
   * Calls back when valid tokens end, or give other rights. Returns a function that stops listening.
   * @param relying returns the identities that the listener has let in: where no news of a revocation arrives, they are
   * checked again from time to time
   */
  onRevoked(
    listener: (gone: { readonly userId?: string; readonly projectId?: string }) => void,
    relying?: () => Iterable<Identity>,
  ): () => void;
  /** Longest text that may be a token, in characters; LONGEST_SECRET by default. Longer ones are refused. */
  readonly longestToken?: number;
  /** What `WWW-Authenticate` says to a caller without a token. By default it names our own identity service. */
  readonly challenge?: string;
}

export function hasRole(identity: Pick<Identity, 'roles'>, role: string): boolean {
  return identity.roles.some((own) => own.toLowerCase() === role);
}

export function isAdmin(identity: Pick<Identity, 'roles'>): boolean {
  return hasRole(identity, 'admin');
}

/**
 * Whose share of the audit log an entry of this caller takes, so that no project and no account pushes out what others
 * did. Undefined for operators, who have a share together.
 */
export function auditShareOf(identity: Pick<Identity, 'roles' | 'projectId' | 'userId'>): string | undefined {
  if (isAdmin(identity)) return undefined;
  return identity.projectId === null ? `account:${identity.userId}` : `project:${identity.projectId}`;
}

/** May this identity report for the host? Role admin or service may for any host, an agent token for its own. */
export function mayReport(identity: Identity, host: string): boolean {
  return reportsFor(identity)(host);
}

/** As mayReport, for a batch of hosts: checks once what depends on the identity alone. */
export function reportsFor(identity: Identity): (host: string) => boolean {
  if (identity.kind === 'agent' && !identity.hosts.includes('*')) {
    const hosts = new Set(identity.hosts);
    return (host) => hosts.has(host);
  }
  if (identity.kind === 'watch') return () => false;
  const any = identity.kind === 'agent' || hasRole(identity, 'admin') || hasRole(identity, 'service');
  return () => any;
}
