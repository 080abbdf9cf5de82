/** Authenticators and policies that a test controls. */
import { DomainError } from '../../server/domain/errors.ts';
import {
  type Authenticator,
  type Credential,
  type Identity,
  isAdmin,
} from '../../server/identity/identity.ts';
import type { Policy, PolicyTarget, Visibility } from '../../server/identity/policy-port.ts';

/** A member of project `p1`. */
export function anIdentity(fields: Partial<Identity> = {}): Identity {
  const projectId = fields.projectId === undefined ? 'p1' : fields.projectId;
  return {
    kind: 'user',
    userId: 'u1',
    userName: 'user',
    userDomainId: 'default',
    projectId,
    projectName: projectId,
    roles: ['member'],
    expiresAt: null,
    hosts: [],
    ...fields,
  };
}

export function anAdmin(fields: Partial<Identity> = {}): Identity {
  return anIdentity({ userId: 'admin', projectId: 'admin', roles: ['admin'], ...fields });
}

type Gone = Parameters<Parameters<Authenticator['onRevoked']>[0]>[0];

/** Knows the given tokens. */
export class FakeAuthenticator implements Authenticator {
  readonly tokens = new Map<string, Identity>();
  /** Every credential that was checked. */
  readonly asked: Credential[] = [];
  isDown = false;
  readonly #listeners = new Set<(gone: Gone) => void>();

  async authenticate(credential: Credential): Promise<Identity | undefined> {
    this.asked.push(credential);
    if (this.isDown) throw new DomainError('unavailable', 'the identity service does not answer');
    return this.tokens.get(credential.token);
  }

  onRevoked(listener: (gone: Gone) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  revoke(token: string): void {
    const identity = this.tokens.get(token);
    this.tokens.delete(token);
    if (identity !== undefined) this.tellRevoked({ userId: identity.userId });
  }

  tellRevoked(gone: Gone): void {
    for (const listener of this.#listeners) listener(gone);
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

/** Admins may do everything; owners see as much of their own servers as `owners` says. */
export class FakePolicy implements Policy {
  owners: Visibility = 'all';
  readonly #listeners = new Set<() => void>();

  allows(rule: string, identity: Identity, target: PolicyTarget = identity): boolean {
    const isOwn = identity.projectId !== null && target.projectId === identity.projectId;
    return isAdmin(identity) || (rule === 'os_compute_api:servers:detail' && isOwn);
  }

  isAdmin(identity: Identity): boolean {
    return isAdmin(identity);
  }

  hostStatusVisibility(identity: Identity, projectId: string): Visibility {
    if (isAdmin(identity)) return 'all';
    return identity.projectId === projectId ? this.owners : 'none';
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(owners: Visibility): void {
    this.owners = owners;
    for (const listener of this.#listeners) listener();
  }
}
