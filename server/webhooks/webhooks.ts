import type { Duration } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { Identity } from '../identity/identity.ts';
import { FairQueue } from '../limits/fair-queue.ts';
import { RetriedReads } from '../limits/retried-reads.ts';
import { projectStream } from '../ports/log.ts';
import type { Webhook } from '../ports/webhook-store.ts';
import { Couriers, type CouriersContext } from './delivery/couriers.ts';
import type { PostOutcome } from './delivery/post.ts';
import { TestDelivery } from './delivery/test-delivery.ts';
import {
  changedFields,
  makerFields,
  type NewWebhook,
  newWebhook,
  rotatedSecret,
  type WebhookChange,
  type WebhookFields,
} from './fields.ts';
import { couriersContext, type WebhooksOptions } from './options.ts';
import { type WebhookRights, webhookRights } from './rights.ts';

const CHANGES = {
  running: Number.POSITIVE_INFINITY,
  runningPerKey: 1,
  waiting: 4_096,
  waitingPerKey: 32,
  what: 'changes of webhooks',
};
/** Instead of a project's id: the webhooks of all projects. */
const ALL = '';

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
  /** Projects whose webhooks must be read again: until then some of them are not served, or served as they were. */
  readonly #reads: RetriedReads;
  readonly #tests: TestDelivery;
  #stopListening: () => void = () => undefined;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#context = couriersContext(options);
    this.#couriers = new Couriers(this.#context);
    this.#tests = new TestDelivery(this.#context);
    this.#reads = new RetriedReads({
      setTimer: options.setTimer,
      read: (key) => (key === ALL ? this.#serveAll() : this.#reload(key)),
      failed: (error, _key, next) =>
        options.logger.error({ err: error, nextMs: next }, 'webhooks could not be read; they are read again'),
    });
  }

  /** Continues each webhook at its place. @param delivers false where another node delivers */
  async start(delivers = true): Promise<void> {
    this.#stopListening = this.#options.store.onCommit(({ rows, touched = [] }) => {
      for (const { stream } of rows) this.#couriers.wake(stream);
      for (const { projectId, webhooks } of touched) {
        if (webhooks && projectId !== undefined) this.#readAgain(projectId);
      }
    });
    if (delivers) await this.#serveAll();
  }

  /** One of several nodes delivers. Starts to deliver, as soon as the webhooks can be read, or stops. */
  lead(leads: boolean): void {
    if (leads) this.#reads.request(ALL);
    else
      this.#stop().catch((error: unknown) =>
        this.#options.logger.error({ err: error }, 'places of webhooks could not be kept'),
      );
  }

  /**
   * @throws DomainError `invalid` for a URL that webhooks may not deliver to, `forbidden`, `conflict` above the limit
   */
  async add(wanted: NewWebhook, identity: Identity, signal?: AbortSignal): Promise<Webhook> {
    const projectId = this.#rights(identity).projectId;
    return this.#changes.run(projectId, () => this.#add(wanted, identity, projectId), signal);
  }

  async #add(wanted: NewWebhook, identity: Identity, projectId: string): Promise<Webhook> {
    const { webhooks, store, clock, targets, maxPerProject } = this.#options;
    if ((await webhooks.ofProject(projectId)).length >= maxPerProject) {
      throw new DomainError(
        'conflict',
        `this project has reached its limit of ${maxPerProject} webhooks: remove one`,
      );
    }
    const now = clock.now();
    const bounds = await store.bounds(projectStream(projectId));
    const webhook = newWebhook(wanted, identity, projectId, { now, bounds, targets });
    await this.#withoutCourier(webhook, () => webhooks.add(webhook));
    this.#couriers.serve(webhook);
    return webhook;
  }

  list(identity: Identity): Promise<readonly Webhook[]> {
    return this.#options.webhooks.ofProject(this.#rights(identity).projectId);
  }

  /** For explanations; the caller decides who may see the result. */
  ofProject(projectId: string): Promise<readonly Webhook[]> {
    return this.#options.webhooks.ofProject(projectId);
  }

  /** @throws DomainError `not_found` for another project's webhook as for a missing one */
  async one(id: string, identity: Identity): Promise<Webhook> {
    const projectId = this.#rights(identity).projectId;
    const webhook = await this.#options.webhooks.webhook(id);
    if (webhook === undefined || webhook.projectId !== projectId) {
      throw new DomainError('not_found', `There is no webhook ${id}`);
    }
    return webhook;
  }

  /** The webhook's place, as the number that this caller may see. */
  placeFor({ seq, unknownSeq }: Pick<Webhook, 'seq' | 'unknownSeq'>, identity: Identity): number {
    return this.#rights(identity).visibility === 'all' ? seq : unknownSeq;
  }

  /** The user who changes a webhook becomes its maker. A reactivated webhook continues where it stopped. */
  async change(
    id: string,
    change: WebhookChange,
    identity: Identity,
    signal?: AbortSignal,
  ): Promise<Webhook> {
    return this.#put(id, identity, changedFields(change, this.#options.targets), signal);
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
    const webhook = await this.one(id, identity);
    return this.#put(id, identity, rotatedSecret(webhook, overlap, this.#options.clock.now()), signal);
  }

  async remove(id: string, identity: Identity, signal?: AbortSignal): Promise<void> {
    const work = async () => {
      const webhook = await this.one(id, identity);
      await this.#withoutCourier(webhook, () => this.#options.webhooks.remove(id));
    };
    await this.#changes.run(this.#rights(identity).projectId, work, signal);
  }

  /**
   * Delivers one empty test message, independent of the stream.
   * @throws DomainError `too_many` or `unavailable` above the limits of tests; CallerGone
   */
  async test(id: string, identity: Identity, signal?: AbortSignal): Promise<PostOutcome> {
    return this.#tests.send(await this.one(id, identity), signal);
  }

  counts(): { readonly served: number; readonly underWay: number } {
    return { served: this.#couriers.size, underWay: this.#context.deliveries.running };
  }

  /** Ends the running deliveries, and aborts them if they take too long. */
  async close(): Promise<void> {
    this.#stopListening();
    await this.#stop();
  }

  async #stop(): Promise<void> {
    this.#reads.stop();
    await this.#couriers.deliver(false);
  }

  async #serveAll(): Promise<void> {
    for (const projectId of await this.#couriers.deliver(true)) this.#readAgain(projectId);
  }

  /** A webhook of the project changed, or may have: by another node, or by a change of which no answer came. */
  #readAgain(projectId: string): void {
    if (this.#couriers.delivers) this.#reads.request(projectId);
  }

  #reload(projectId: string): Promise<void> {
    return this.#changes.run(projectId, () => this.#couriers.reload(projectId));
  }

  #put(
    id: string,
    identity: Identity,
    fields: WebhookFields,
    signal: AbortSignal | undefined,
  ): Promise<Webhook> {
    const work = async () => {
      const webhook = await this.one(id, identity);
      const updatedAt = this.#options.clock.now();
      const put = { ...fields, ...makerFields(identity), updatedAt };
      const changed = await this.#withoutCourier(webhook, () => this.#options.webhooks.change(id, put));
      if (changed === undefined) throw new DomainError('not_found', `There is no webhook ${id}`);
      this.#couriers.serve(changed);
      return changed;
    };
    return this.#changes.run(this.#rights(identity).projectId, work, signal);
  }

  /** Where the change fails, the webhook is served as the database has it: the change may have been committed. */
  async #withoutCourier<T>({ id, projectId }: Webhook, change: () => Promise<T>): Promise<T> {
    try {
      return await this.#couriers.whileStopped(id, change);
    } catch (error) {
      this.#readAgain(projectId);
      throw error;
    }
  }

  /** @throws DomainError `forbidden` for a caller who may have no webhooks, whatever it asks for */
  demand(identity: Identity): void {
    this.#rights(identity);
  }

  #rights(identity: Identity): WebhookRights {
    return webhookRights(identity, this.#options.policy);
  }
}
