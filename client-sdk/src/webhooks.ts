/** Entry point `./webhooks`: be called instead of following. Makes and keeps webhooks, and verifies what they bring. */
import type { HostStatus } from '../protocol/host-status.ts';
import { Requests, type RestOptions, unlessMissing } from './support/request.ts';

export type { WebhookMessage } from '../protocol/webhook.ts';
export { RequestError, type RestOptions } from './support/request.ts';
export {
  type HeadersLike,
  type VerifyOptions,
  verifyWebhook,
  WebhookVerificationError,
} from './webhook-message.ts';

/** A webhook as the server shows it. Times are RFC 3339. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly format: 'cloudevents' | 'aodh';
  /** Null: every server of the project. */
  readonly servers: readonly string[] | null;
  /** Null: every change. */
  readonly host_status: readonly HostStatus[] | null;
  /** `parked`: given up, see `reason`; nothing is lost until the log is trimmed. */
  readonly state: 'active' | 'paused' | 'parked';
  readonly reason: string | null;
  /** Everything up to here was delivered. */
  readonly seq: number;
  /** Failed ones since the last success. */
  readonly attempts: number;
  readonly last_error: string | null;
  readonly failing_since: string | null;
  readonly next_attempt_at: string | null;
  readonly last_delivered_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** As it is when the secret is new, and at no other time. */
export type WebhookWithSecret = Webhook & { readonly secret: string };

export interface NewWebhook {
  readonly url: string;
  /** For human eyes. Default `webhook`. */
  readonly name?: string | undefined;
  /** Default `cloudevents`. `aodh`: for consumers of Aodh's alarms, which verify nothing. */
  readonly format?: Webhook['format'] | undefined;
  /** Only these servers. */
  readonly servers?: readonly string[] | null | undefined;
  /** Only changes from or to one of these. */
  readonly hostStatus?: readonly HostStatus[] | null | undefined;
}

/** What is left out stays as it is. `active` goes on where it was left. */
export type WebhookUpdate = Partial<Omit<NewWebhook, 'format'>> & {
  readonly state?: 'active' | 'paused' | undefined;
};

/** The webhooks of the token's project. Every call throws RequestError or TokenProviderError if it cannot be done. */
export class Webhooks {
  readonly #requests: Requests;

  /** @throws UsageError for a `url` that cannot work */
  constructor(options: RestOptions) {
    this.#requests = new Requests(options);
  }

  /** Begins with what happens from now on. */
  create(wish: NewWebhook): Promise<WebhookWithSecret> {
    return this.#requests.ask('POST', PATH, { body: spelled(wish) });
  }

  async list(): Promise<readonly Webhook[]> {
    const { webhooks } = await this.#requests.ask<{ webhooks: readonly Webhook[] }>('GET', PATH);
    return webhooks;
  }

  /** @returns undefined if there is none, or none of one's own */
  get(id: string): Promise<Webhook | undefined> {
    return unlessMissing(this.#requests.ask<Webhook>('GET', at(id)));
  }

  update(id: string, change: WebhookUpdate): Promise<Webhook> {
    return this.#requests.ask('PATCH', at(id), { body: spelled(change) });
  }

  async delete(id: string): Promise<void> {
    await this.#requests.ask('DELETE', at(id));
  }

  /** The new secret counts at once: until the receiver has it, deliveries are refused and made again. */
  rotateSecret(id: string): Promise<WebhookWithSecret> {
    return this.#requests.ask('POST', `${at(id)}/secret`);
  }

  /** Posts a message of type `io.hostbeat.test` now. `error` says what the endpoint did instead of taking it. */
  test(id: string): Promise<{ readonly delivered: boolean; readonly error: string | null }> {
    return this.#requests.ask('POST', `${at(id)}/test`);
  }
}

const PATH = '/v1/webhooks';

function at(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

/** In the wire's spelling. */
function spelled({ hostStatus, ...rest }: Partial<NewWebhook>): object {
  return { ...rest, ...(hostStatus === undefined ? {} : { host_status: hostStatus }) };
}
