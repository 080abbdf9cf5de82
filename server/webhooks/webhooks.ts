import { randomBytes, randomUUID } from 'node:crypto';
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type { Duration } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { Identity } from '../identity/identity.ts';
import { FairQueue } from '../limits/fair-queue.ts';
import { type Numbering, projectStream, type Store } from '../ports/store.ts';
import type { Webhook, WebhookFormat, WebhookStore } from '../ports/webhook-store.ts';
import { entitlementOf } from '../stream/entitlement.ts';
import type { CourierContext, CurrentRoles } from './courier.ts';
import { Couriers, type CouriersContext } from './couriers.ts';
import { testMessage } from './messages.ts';
import { type PostOutcome, post } from './post.ts';
import { newWebhookSecret, secretsOf, signatureHeaders } from './signature.ts';
import type { Targets } from './targets.ts';

export interface WebhooksOptions
  extends Pick<CourierContext, 'policy' | 'clock' | 'setTimer' | 'logger'>,
    Partial<Pick<CourierContext, 'random' | 'post' | 'onParked'>> {
  readonly webhooks: WebhookStore;
  readonly store: Pick<Store, 'epoch' | 'bounds' | 'log' | 'onCommit'>;
  readonly rolesNow?: CurrentRoles;
  readonly targets: Targets;
  readonly maxPerProject: number;
  /** How long an endpoint may take to answer. */
  readonly timeout?: Duration;
}

/** The fields that an owner sets. */
export interface WebhookWish {
  readonly url: string;
  readonly name: string;
  readonly format: WebhookFormat;
  readonly servers: readonly string[] | null;
  readonly hostStatus: readonly HostStatus[] | null;
}

/** The fields that an owner may change, and the states that it may set. */
export type WebhookChange = Partial<Omit<WebhookWish, 'format'>> & { readonly state?: 'active' | 'paused' };

const TIMEOUT: Duration = 10_000;
/** The queue is bounded by the number of webhooks: each has one delivery at a time. */
const DELIVERIES = {
  running: 256,
  runningPerKey: 8,
  waiting: Number.POSITIVE_INFINITY,
  waitingPerKey: Number.POSITIVE_INFINITY,
  what: 'deliveries',
};
const TESTS = { running: 16, runningPerKey: 2, waiting: 128, waitingPerKey: 4, what: 'test deliveries' };
const CHANGES = {
  running: Number.POSITIVE_INFINITY,
  runningPerKey: 1,
  waiting: 4_096,
  waitingPerKey: 32,
  what: 'changes of webhooks',
};

/** Owners' webhooks: owners make, change and remove them; one courier for each delivers. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #context: CouriersContext;
  readonly #couriers: Couriers;
  /**
   * One change at a time. Each reads, waits and then writes: two at once would leave a courier running that nothing
   * stops.
   */
  readonly #changes = new FairQueue(CHANGES);
  readonly #tests = new FairQueue(TESTS);
  #stopListening: () => void = () => undefined;

  constructor(options: WebhooksOptions) {
    const {
      targets,
      timeout = TIMEOUT,
      rolesNow = async ({ roles }) => roles,
      random = Math.random,
    } = options;
    this.#options = options;
    this.#context = {
      ...options,
      rolesNow,
      random,
      deliveries: new FairQueue(DELIVERIES),
      post:
        options.post ??
        ((url, message, signature, projectId, signal) =>
          post(url, message, signature, { targets, projectId, timeout, signal })),
    };
    this.#couriers = new Couriers(this.#context);
  }

  /** Continues each webhook at its place. @param delivers false where another node delivers */
  async start(delivers = true): Promise<void> {
    this.#stopListening = this.#options.store.onCommit(({ rows, touched = [] }) => {
      for (const { stream } of rows) this.#couriers.wake(stream);
      for (const { projectId, webhooks } of touched) {
        if (webhooks && projectId !== undefined && this.#couriers.delivers) this.#reload(projectId);
      }
    });
    await this.deliver(delivers);
  }

  /**
   * One of several nodes delivers. Starts or stops delivering; resolves when every webhook has a courier, or the last
   * courier has stopped.
   */
  deliver(is: boolean): Promise<void> {
    return this.#couriers.deliver(is);
  }

  /**
   * @throws DomainError `invalid` for a URL that webhooks may not deliver to, `forbidden`, `conflict` above the limit
   */
  async add(wish: WebhookWish, identity: Identity, signal?: AbortSignal): Promise<Webhook> {
    const projectId = this.#entitled(identity).projectId;
    return this.#changes.run(projectId, () => this.#add(wish, identity, projectId), signal);
  }

  async #add(wish: WebhookWish, identity: Identity, projectId: string): Promise<Webhook> {
    const { webhooks, store, clock, targets, maxPerProject } = this.#options;
    if ((await webhooks.ofProject(projectId)).length >= maxPerProject) {
      throw new DomainError(
        'conflict',
        `this project has reached its limit of ${maxPerProject} webhooks: remove one`,
      );
    }
    const now = clock.now();
    const { head, unknownOnly } = await store.bounds(projectStream(projectId));
    const webhook: Webhook = {
      ...wish,
      id: randomUUID(),
      url: targets.check(wish.url),
      projectId,
      userId: identity.userId,
      roles: identity.roles,
      credentialId: identity.credentialId ?? null,
      secret: newWebhookSecret(randomBytes),
      oldSecret: null,
      oldSecretUntil: null,
      state: 'active',
      reason: null,
      seq: head,
      unknownSeq: unknownOnly.head,
      ...UNTROUBLED,
      lastDeliveredAt: null,
      createdAt: now,
      updatedAt: now,
    };
    await webhooks.add(webhook);
    this.#couriers.serve(webhook);
    return webhook;
  }

  list(identity: Identity): Promise<readonly Webhook[]> {
    return this.#options.webhooks.ofProject(this.#entitled(identity).projectId);
  }

  /** For explanations; the caller decides who may see the result. */
  ofProject(projectId: string): Promise<readonly Webhook[]> {
    return this.#options.webhooks.ofProject(projectId);
  }

  /** @throws DomainError `not_found` for another project's webhook as for a missing one */
  async one(id: string, identity: Identity): Promise<Webhook> {
    const projectId = this.#entitled(identity).projectId;
    const webhook = await this.#options.webhooks.webhook(id);
    if (webhook === undefined || webhook.projectId !== projectId) {
      throw new DomainError('not_found', `There is no webhook ${id}`);
    }
    return webhook;
  }

  /** The webhook's place, as the number that this caller may see. */
  placeFor({ seq, unknownSeq }: Pick<Webhook, 'seq' | 'unknownSeq'>, identity: Identity): number {
    return this.#entitled(identity).visibility === 'all' ? seq : unknownSeq;
  }

  /** The user who changes a webhook becomes its maker. A reactivated webhook continues where it stopped. */
  async change(
    id: string,
    change: WebhookChange,
    identity: Identity,
    signal?: AbortSignal,
  ): Promise<Webhook> {
    const { url, ...rest } = change;
    const resumed = change.state === 'active' ? { ...UNTROUBLED, reason: null } : {};
    const fields = {
      ...rest,
      // The failures of the old URL do not delay the new one: it is tried at once.
      ...(url === undefined ? {} : { ...UNTROUBLED, url: this.#options.targets.check(url) }),
      ...(change.state === 'paused' ? { reason: null } : resumed),
    };
    return this.#put(id, identity, fields, signal);
  }

  /**
   * Makes a new secret, in force at once.
   * @param overlap how long deliveries are also signed with the old secret, so that receivers can change over
   */
  async rotate(
    id: string,
    identity: Identity,
    overlap: Duration = 0,
    signal?: AbortSignal,
  ): Promise<Webhook> {
    const { secret } = await this.one(id, identity);
    const old =
      overlap === 0
        ? { oldSecret: null, oldSecretUntil: null }
        : { oldSecret: secret, oldSecretUntil: this.#options.clock.now() + overlap };
    return this.#put(id, identity, { ...UNTROUBLED, ...old, secret: newWebhookSecret(randomBytes) }, signal);
  }

  async remove(id: string, identity: Identity, signal?: AbortSignal): Promise<void> {
    const work = async () => {
      await this.one(id, identity);
      await this.#couriers.dismiss(id);
      await this.#options.webhooks.remove(id);
    };
    await this.#changes.run(this.#entitled(identity).projectId, work, signal);
  }

  /**
   * Delivers one empty test message, independent of the stream.
   * @throws DomainError `too_many` or `unavailable` above the limits of tests; CallerGone
   */
  async test(id: string, identity: Identity, signal?: AbortSignal): Promise<PostOutcome> {
    const webhook = await this.one(id, identity);
    const { clock, post } = this.#context;
    const { projectId, url } = webhook;
    const work = () => {
      const message = testMessage(webhook, randomUUID(), clock.now());
      const signature = signatureHeaders(
        secretsOf(webhook, clock.now()),
        message.id,
        message.body,
        clock.now(),
      );
      return post(new URL(url), message, signature, projectId, signal);
    };
    return this.#tests.run(projectId, work, signal);
  }

  counts(): { readonly served: number; readonly underWay: number } {
    return { served: this.#couriers.size, underWay: this.#context.deliveries.running };
  }

  /** Ends the running deliveries, and aborts them if they take too long. */
  async close(): Promise<void> {
    this.#stopListening();
    await this.deliver(false);
  }

  /** Another node changed a webhook of the project. */
  #reload(projectId: string): void {
    this.#changes
      .run(projectId, () => this.#couriers.reload(projectId))
      .catch((error: unknown) =>
        this.#options.logger.error({ err: error }, 'webhooks could not be read again'),
      );
  }

  #put(
    id: string,
    identity: Identity,
    fields: Partial<Omit<Webhook, 'id' | 'projectId'>>,
    signal: AbortSignal | undefined,
  ): Promise<Webhook> {
    const { userId, roles, credentialId = null } = identity;
    const work = async () => {
      await this.one(id, identity);
      // The courier stores its place first, so that the change starts from that place.
      await this.#couriers.dismiss(id);
      const updatedAt = this.#options.clock.now();
      const changed = await this.#options.webhooks.change(id, {
        ...fields,
        userId,
        roles,
        credentialId,
        updatedAt,
      });
      if (changed === undefined) throw new DomainError('not_found', `There is no webhook ${id}`);
      this.#couriers.serve(changed);
      return changed;
    };
    return this.#changes.run(this.#entitled(identity).projectId, work, signal);
  }

  /** @throws DomainError `forbidden` for a caller who may have no webhooks, whatever it asks for */
  demand(identity: Identity): void {
    this.#entitled(identity).projectId;
  }

  /** @throws DomainError `forbidden` */
  #entitled(identity: Identity): { readonly projectId: string; readonly visibility: Numbering } {
    const { projectId } = identity;
    if (projectId === null) {
      throw new DomainError('forbidden', 'The token has no project: get one that is scoped to a project');
    }
    const own = { stream: 'project', project_id: projectId } as const;
    const entitlement = entitlementOf(identity, own, this.#options.policy);
    if (entitlement === undefined) {
      throw new DomainError('forbidden', 'The policy does not show host_status to this token');
    }
    return { projectId, visibility: entitlement.visibility };
  }
}

const UNTROUBLED = { attempts: 0, failingSince: null, nextAttemptAt: null, lastError: null };
