/** Asks a Keystone about tokens, as its own middleware does. */
import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Identity } from '../identity.ts';
import { Circuit, Failed } from './circuit.ts';
import { KeystoneLogin } from './keystone-login.ts';
import type { KeystoneSettings } from './keystone-settings.ts';
import { identityOf, TokenAnswer } from './keystone-token.ts';
import { request } from './request.ts';
import { Slots } from './slots.ts';
import type { Verifier } from './verifier.ts';

/** Keystone's workers are few, and a question costs each of them some milliseconds. */
const AT_ONCE = 16;
/** When everybody comes back at once. Beyond, clients are told to try again, and spread out by doing so. */
const WAITING = 1_000;

export interface KeystoneOptions {
  readonly settings: KeystoneSettings;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
}

export class KeystoneVerifier implements Verifier {
  readonly challenge: string;
  readonly #settings: KeystoneSettings;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #login: KeystoneLogin;
  readonly #circuit: Circuit;
  readonly #slots = new Slots(AT_ONCE, WAITING);

  constructor({ settings, clock, logger }: KeystoneOptions) {
    this.challenge = `Keystone uri="${settings.publicUrl}"`;
    this.#settings = settings;
    this.#logger = logger;
    this.#login = new KeystoneLogin(settings, clock);
    this.#circuit = new Circuit({ name: 'Keystone', clock, logger });
  }

  verify(token: string): Promise<Identity | undefined> {
    return this.#slots.run(() => this.#circuit.run(() => this.#validate(token)));
  }

  async #validate(token: string): Promise<Identity | undefined> {
    const own = await this.#login.token();
    const first = await this.#get(token, own);
    if (first.status !== 401) return this.#read(first);
    // It is ours that is refused, not the user's: revoked, or signed with a key that was rotated out.
    this.#login.forget(own);
    return this.#read(await this.#get(token, await this.#login.token()));
  }

  /** GET, for HEAD is not allowed to role service; without the header tokens with access rules are not told of. */
  #get(token: string, own: string) {
    const headers = {
      'X-Auth-Token': own,
      'X-Subject-Token': token,
      'OpenStack-Identity-Access-Rules': '1',
      Accept: 'application/json',
    };
    const { url, timeout } = this.#settings;
    return request(`${url}/v3/auth/tokens?nocatalog`, { headers }, timeout);
  }

  #read({ status, body }: { readonly status: number; readonly body: unknown }): Identity | undefined {
    switch (status) {
      case 200: {
        const answer = TokenAnswer.safeParse(body);
        if (answer.success) return identityOf(answer.data.token, this.#logger);
        throw new Failed('Keystone answered with something that is no token');
      }
      case 404:
        return undefined;
      case 401:
        throw new Failed('Keystone refuses the token it has just given to hostbeat itself', {
          lasting: true,
        });
      case 403:
        throw new Failed(
          "Keystone does not let hostbeat's own user look at tokens; give it the role service, or admin, in its project",
          { lasting: true },
        );
      default:
        throw new Failed(`Keystone answered ${status}`);
    }
  }
}
