/**
 * Entry point `./webhooks`: hostbeat calls your URL, so you need not follow the stream. Manages webhooks, and verifies their
 * messages.
 */
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
  /** `parked`: deliveries stopped, see `reason`; nothing is lost until the log is trimmed. */
  readonly state: 'active' | 'paused' | 'parked';
  readonly reason: string | null;
  /** Everything up to this place was delivered. */
  readonly seq: number;
  /** Failed deliveries since the last success. */
  readonly attempts: number;
  readonly last_error: string | null;
  readonly failing_since: string | null;
  readonly next_attempt_at: string | null;
  readonly last_delivered_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A webhook with its secret, which is shown only when it is new. */
export type WebhookWithSecret = Webhook & { readonly secret: string };

export interface NewWebhook {
  readonly url: string;
  /** A name for people. Default `webhook`. */
  readonly name?: string | undefined;
  /** Default `cloudevents`. `aodh`: for consumers of Aodh's alarms, which do not verify signatures. */
  readonly format?: Webhook['format'] | undefined;
  /** Only these servers. */
  readonly servers?: readonly string[] | null | undefined;
  /** Only changes from or to one of these. */
  readonly hostStatus?: readonly HostStatus[] | null | undefined;
}

/** Absent fields stay as they are. `active` continues where deliveries stopped. */
export type WebhookUpdate = Partial<Omit<NewWebhook, 'format'>> & {
  readonly state?: 'active' | 'paused' | undefined;
};

/** The webhooks of the token's project. Every call throws RequestError or TokenProviderError if it fails. */
export class Webhooks {
  readonly #requests: Requests;

  /** @throws UsageError for a `url` that cannot work */
  constructor(options: RestOptions) {
    this.#requests = new Requests(options);
  }

  /** Delivers changes from now on. */
  create(wish: NewWebhook): Promise<WebhookWithSecret> {
    return this.#requests.ask('POST', PATH, { body: spelled(wish) });
  }

  async list(): Promise<readonly Webhook[]> {
    const { webhooks } = await this.#requests.ask<{ webhooks: readonly Webhook[] }>('GET', PATH);
    return webhooks;
  }

  /** @returns undefined if it does not exist or belongs to another project */
  get(id: string): Promise<Webhook | undefined> {
    return unlessMissing(this.#requests.ask<Webhook>('GET', at(id)));
  }

  update(id: string, change: WebhookUpdate): Promise<Webhook> {
    return this.#requests.ask('PATCH', at(id), { body: spelled(change) });
  }

  async delete(id: string): Promise<void> {
    await this.#requests.ask('DELETE', at(id));
  }

  /** The new secret counts at once: until the receiver has it, it refuses deliveries, and they are retried. */
  rotateSecret(id: string): Promise<WebhookWithSecret> {
    return this.#requests.ask('POST', `${at(id)}/secret`);
  }

  /** Posts a message of type `io.hostbeat.test` now. `error` says why the endpoint did not accept it. */
  test(id: string): Promise<{ readonly delivered: boolean; readonly error: string | null }> {
    return this.#requests.ask('POST', `${at(id)}/test`);
  }
}

const PATH = '/v1/webhooks';

function at(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

/** The field names of the wire. */
function spelled({ hostStatus, ...rest }: Partial<NewWebhook>): object {
  return { ...rest, ...(hostStatus === undefined ? {} : { host_status: hostStatus }) };
}
