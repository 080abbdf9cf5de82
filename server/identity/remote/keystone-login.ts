/** hostbeat's own token in Keystone, used to validate other tokens. */
import { z } from 'zod';
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import { Failed } from './circuit.ts';
import type { KeystoneSettings } from './keystone-settings.ts';
import { request } from './request.ts';

/** The token is renewed this long before its end, so that it does not expire on its way. */
const MARGIN: Duration = 60_000;
/** Shortest time between two logins, however short the token's life. */
const SHORTEST: Duration = 1_000;

const Body = z.object({ token: z.object({ issued_at: z.iso.datetime(), expires_at: z.iso.datetime() }) });

export class KeystoneLogin {
  readonly #settings: KeystoneSettings;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #current: { readonly token: string; readonly until: Monotonic } | undefined;
  #asking: Promise<string> | undefined;

  constructor(settings: KeystoneSettings, clock: Pick<Clock, 'monotonic'>) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** @throws Failed; lasting if Keystone refuses our credentials: further attempts would lock the account */
  async token(): Promise<string> {
    if (this.#current !== undefined && this.#clock.monotonic() < this.#current.until)
      return this.#current.token;
    this.#asking ??= this.#logIn().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Keystone refused this token: forgets it, unless it has been replaced meanwhile. */
  forget(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }

  async #logIn(): Promise<string> {
    const { url, timeout } = this.#settings;
    const asked = this.#clock.monotonic();
    const answer = await request(
      `${url}/v3/auth/tokens?nocatalog`,
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify({ auth: this.#auth() }),
      },
      timeout,
    );
    if (answer.status === 401) {
      throw new Failed(
        'Keystone refuses the user of hostbeat itself; correct HOSTBEAT_KEYSTONE_USERNAME, _PASSWORD and _PROJECT, or the application credential',
        { lasting: true },
      );
    }
    const token = answer.headers.get('X-Subject-Token');
    const body = Body.safeParse(answer.body);
    if (answer.status !== 201 || token === null || !body.success)
      throw new Failed(`Keystone answered ${answer.status} to the login of hostbeat itself`);
    const { issued_at, expires_at } = body.data.token;
    // Both times are from Keystone's clock: its difference from ours does not matter.
    const lifetime = Date.parse(expires_at) - Date.parse(issued_at);
    this.#current = { token, until: asked + Math.max(lifetime - MARGIN, lifetime / 2, SHORTEST) };
    return token;
  }

  #auth(): unknown {
    const { own } = this.#settings;
    if ('credentialId' in own) {
      const application_credential = { id: own.credentialId, secret: own.secret };
      return { identity: { methods: ['application_credential'], application_credential } };
    }
    const user = { name: own.username, domain: { name: own.userDomain }, password: own.password };
    return {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: own.project, domain: { name: own.projectDomain } } },
    };
  }
}
