import type { Duration } from '../../domain/clock.ts';
import type { TokenRequest } from '../../identity/access-rules/access-rules.ts';
import { isTooLong } from '../../identity/credential-limits.ts';
import type { Authenticator, Identity } from '../../identity/identity.ts';
import type { Revocation } from '../../identity/tokens/revocations.ts';
import type { HubContext } from './context.ts';
import { TokenExpiry } from './token-expiry.ts';

/** The identity that a connection speaks for, and how it was proved: a token can be checked again, a ticket cannot. */
export interface Authenticated {
  readonly identity: Identity;
  readonly token?: string;
  /** The request that first proved it; if absent, a request for the stream's own path. */
  readonly request?: TokenRequest;
}

/** The request that a WebSocket's handshake makes. */
export const STREAM_REQUEST: TokenRequest = { method: 'GET', path: '/v1/stream' };

export type AuthenticationContext = Pick<HubContext, 'authenticator' | 'clock' | 'setTimer'>;

export interface AuthenticationOptions {
  /** The client's address, to slow down guesses. */
  readonly address: string | undefined;
  readonly onExpiring: (left: Duration) => void;
  readonly onExpired: () => void;
}

/** Keeps the identity that a connection speaks for now, and until when. */
export class Authentication {
  readonly #authenticator: Authenticator;
  readonly #address: { readonly address?: string };
  readonly #expiry: TokenExpiry;
  #current: Authenticated | undefined;

  constructor({ authenticator, clock, setTimer }: AuthenticationContext, options: AuthenticationOptions) {
    const { address, onExpiring, onExpired } = options;
    this.#authenticator = authenticator;
    this.#address = address === undefined ? {} : { address };
    this.#expiry = new TokenExpiry({ clock, setTimer, onExpiring, onExpired });
  }

  /** Undefined until the client has authenticated. */
  get current(): Authenticated | undefined {
    return this.#current;
  }

  become(authenticated: Authenticated): void {
    this.#current = authenticated;
    this.#expiry.watch(authenticated.identity.expiresAt);
  }

  /** @throws DomainError `unavailable` if the token cannot be checked now */
  async ask(token: string): Promise<Identity | undefined> {
    const { request = STREAM_REQUEST } = this.#current ?? {};
    if (isTooLong(token, this.#authenticator)) return undefined;
    return this.#authenticator.authenticate({ token, ...this.#address, request });
  }

  isTouchedBy(gone: Revocation): boolean {
    if (this.#current === undefined) return false;
    const { userId, projectId } = this.#current.identity;
    return (
      (gone.userId === undefined || gone.userId === userId) &&
      (gone.projectId === undefined || gone.projectId === projectId)
    );
  }

  end(): void {
    this.#expiry.stop();
  }
}
