/** Options and result of a login at a Keystone. */

/** By id, or by name and its domain (`{ id: 'default' }` where none is given). */
export type Named =
  | { readonly id: string }
  | { readonly name: string; readonly domain?: { readonly id: string } | { readonly name: string } };

export interface KeystoneOptions {
  /**
   * As in `OS_AUTH_URL`: `https://keystone.example:5000/v3`; `/v3` may be left out. Never contains a secret. Several:
   * where one does not answer the next one is asked. The credentials are sent to no other address.
   */
  readonly authUrl: string | readonly string[];
  /** The credentials: exactly one of these. An application credential is best for a program, and has its own project. */
  readonly applicationCredential?:
    | { readonly id: string; readonly secret: string }
    | { readonly name: string; readonly user: Named; readonly secret: string }
    | undefined;
  readonly password?: { readonly user: Named; readonly password: string } | undefined;
  /** Another token, exchanged for one of `project`. It expires with the other. */
  readonly token?: string | undefined;
  /** The project whose servers are followed. Required with a password. */
  readonly project?: Named | undefined;
  /** How long before its expiry a token is replaced; ms. Default 60 000, or half of its lifetime if that is less. */
  readonly renewAheadMs?: number | undefined;
  /** How long Keystone may take; ms. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** Monotonic ms. Default performance.now. */
  readonly now?: (() => number) | undefined;
}

/** A token and its lifetime. */
export interface IssuedToken {
  readonly token: string;
  /** By Keystone's own clock: this machine's may be wrong. Undefined: Keystone does not say. */
  readonly lifeMs: number | undefined;
}
