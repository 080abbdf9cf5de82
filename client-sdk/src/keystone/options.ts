/** What a login at a Keystone needs, and what it gives. */

/** By id, or by name and its domain (`{ id: 'default' }` where none is given). */
export type Named =
  | { readonly id: string }
  | { readonly name: string; readonly domain?: { readonly id: string } | { readonly name: string } };

export interface KeystoneOptions {
  /** As in `OS_AUTH_URL`: `https://keystone.example:5000/v3`; `/v3` may be left out. Never holds a secret. */
  readonly authUrl: string;
  /** Who asks: exactly one of these. An application credential is best for a program, and brings its own project. */
  readonly applicationCredential?:
    | { readonly id: string; readonly secret: string }
    | { readonly name: string; readonly user: Named; readonly secret: string }
    | undefined;
  readonly password?: { readonly user: Named; readonly password: string } | undefined;
  /** Another token, to be exchanged for one of `project`. It ends when the other ends. */
  readonly token?: string | undefined;
  /** The project whose servers are followed. With a password it is needed. */
  readonly project?: Named | undefined;
  /** How long before its end a token is not given any more; ms. Default 60 000, or half of its life if that is less. */
  readonly renewAheadMs?: number | undefined;
  /** How long Keystone may take; ms. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** Monotonic ms. Default performance.now. */
  readonly now?: (() => number) | undefined;
}

/** What Keystone gave, and for how long. */
export interface IssuedToken {
  readonly token: string;
  /** By Keystone's own clock: this machine's may be wrong. Undefined: it does not say. */
  readonly lifeMs: number | undefined;
}
