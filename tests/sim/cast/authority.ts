/** Who may see what, and until when: a policy that changes, tokens that end and are revoked. It outlives the server. */
import type { Visibility } from '../../../server/identity/policy-port.ts';
import { anAdmin, anIdentity, FakeAuthenticator, FakePolicy } from '../../support/identity.ts';
import type { Rights } from '../checker/wire.ts';
import type { Random } from '../machine/random.ts';

/** The application is asked to fetch another this long before a token ends. */
const WARNED = 60_000;
/** A connection may still receive what is under way when its token is revoked. */
const SLACK = 300;

export class Authority extends FakeAuthenticator {
  readonly policy = new FakePolicy();
  readonly #random: Random;
  readonly #now: () => number;
  readonly #shown: { readonly at: number; readonly owners: Visibility }[] = [{ at: 0, owners: 'all' }];
  /** When tokens were revoked, by token. */
  readonly #revoked = new Map<string, number>();
  #changedAt = 0;
  #issued = 0;
  /** What the wall of the server's machine shows; tokens are dated by it. */
  wall: () => number = () => 0;

  constructor(now: () => number, random: Random) {
    super();
    this.#now = now;
    this.#random = random;
    this.tokens.set('agent', anIdentity({ kind: 'agent', userId: 'agent', projectId: null, hosts: ['*'] }));
  }

  /** A token for a project's member or the admin; it ends within seconds of being warned about, or never. */
  issue(who: string): string {
    const token = `${who}#${this.#issued++}`;
    const expiresAt = this.#random.chance(0.5)
      ? this.wall() + WARNED + this.#random.between(300, 9_000)
      : null;
    const whose = { projectId: who, userId: `u-${who}`, expiresAt };
    this.tokens.set(token, who === 'admin' ? anAdmin(whose) : anIdentity(whose));
    return token;
  }

  override async authenticate(credential: { readonly token: string }) {
    const identity = await super.authenticate(credential);
    const isOver = identity?.expiresAt != null && identity.expiresAt <= this.wall();
    return isOver ? undefined : identity;
  }

  /** All tokens that this one has. @param tell has the server hear of it, if it runs */
  revokeAll(who: string, tell: (then: () => void) => void): void {
    for (const token of [...this.tokens.keys()].filter((token) => token.startsWith(`${who}#`))) {
      this.tokens.delete(token);
      this.#revoked.set(token, this.#now());
    }
    this.#changedAt = this.#now();
    tell(() => this.tellRevoked({ userId: `u-${who}` }));
  }

  show(owners: Visibility): void {
    this.#changedAt = this.#now();
    this.#shown.push({ at: this.#now(), owners });
    this.policy.set(owners);
  }

  changedSince(since: number): boolean {
    return this.#changedAt >= since;
  }

  /** May this one have been refused at some time since? */
  mayRefuse(who: string, token: string | undefined, since: number): boolean {
    const hasEnded = (this.tokens.get(token ?? '')?.expiresAt ?? Number.POSITIVE_INFINITY) <= this.wall();
    return hasEnded || this.changedSince(since) || (who !== 'admin' && this.policy.owners === 'none');
  }

  /** @param soundSince from when on the server could have heard of what was revoked */
  rightsOf(who: string, token: string | undefined, soundSince: () => number): Rights {
    return {
      wasShown: (isNarrow, since) =>
        who === 'admin'
          ? !isNarrow
          : this.#shown.some(
              ({ owners }, index) =>
                owners === (isNarrow ? 'unknown-only' : 'all') &&
                (this.#shown[index + 1]?.at ?? Number.POSITIVE_INFINITY) >= since,
            ),
      changedSince: (since) => this.changedSince(since),
      endedAt: () => {
        const revokedAt = this.#revoked.get(token ?? '');
        return revokedAt === undefined ? Number.POSITIVE_INFINITY : Math.max(revokedAt, soundSince()) + SLACK;
      },
    };
  }
}
