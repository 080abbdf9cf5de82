/** Runs one courier for each active webhook, while this node is the one that delivers. */

import { projectStream } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import type { Webhook, WebhookStore } from '../../ports/webhook-store.ts';
import { Courier } from './courier.ts';
import type { CourierContext } from './courier-context.ts';

export interface CouriersContext extends CourierContext {
  readonly webhooks: WebhookStore;
  readonly store: Pick<Store, 'epoch' | 'bounds' | 'log' | 'onCommit'>;
}

export class Couriers {
  readonly #context: CouriersContext;
  readonly #couriers = new Map<string, { readonly projectId: string; readonly courier: Courier }>();
  readonly #byStream = new Map<string, Set<Courier>>();
  #delivers = false;
  #switching: Promise<unknown> = Promise.resolve();
  /** Webhooks that a change has stopped: only the change may serve them again. */
  readonly #changing = new Set<string>();
  /** Webhooks that changed, and projects that were read, while all webhooks are read. */
  #changed: Set<string> | undefined;

  constructor(context: CouriersContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#couriers.size;
  }

  get delivers(): boolean {
    return this.#delivers;
  }

  /**
   * One of several nodes delivers. Starts or stops delivering; resolves when every webhook has a courier, or the last
   * courier has stopped.
   * @returns the projects that changed meanwhile and must be reloaded: what was read of them may be out of date
   */
  deliver(is: boolean): Promise<readonly string[]> {
    this.#delivers = is;
    const before = this.#switching.catch(() => undefined);
    const switching = before.then(async () => {
      if (is !== this.#delivers) return [];
      if (is) return this.#serveAll();
      await this.#dismissAll();
      return [];
    });
    this.#switching = switching;
    return switching;
  }

  async #serveAll(): Promise<readonly string[]> {
    const changed = new Set<string>();
    const stale = new Set<string>();
    this.#changed = changed;
    for (const id of this.#changing) changed.add(id);
    try {
      for (const webhook of await this.#context.webhooks.all()) {
        if (changed.has(webhook.id) || changed.has(webhook.projectId)) stale.add(webhook.projectId);
        else if (!this.#couriers.has(webhook.id)) this.serve(webhook);
      }
    } finally {
      this.#changed = undefined;
    }
    return [...stale];
  }

  /** The stream has new rows. */
  wake(stream: string): void {
    for (const courier of this.#byStream.get(stream) ?? []) courier.wake();
  }

  /**
   * The courier stores its place first, so that the change starts from that place. Afterwards nothing serves the
   * webhook: the caller serves what the change returns, or reloads the project where the change fails. One call for
   * each webhook at a time.
   */
  async whileStopped<T>(id: string, change: () => Promise<T>): Promise<T> {
    this.#changing.add(id);
    this.#changed?.add(id);
    try {
      await this.dismiss(id);
      return await change();
    } finally {
      this.#changing.delete(id);
    }
  }

  serve(webhook: Webhook): void {
    if (webhook.state !== 'active' || !this.#delivers) return;
    const courier = new Courier(webhook, this.#context);
    const stream = projectStream(webhook.projectId);
    this.#couriers.set(webhook.id, { projectId: webhook.projectId, courier });
    const others = this.#byStream.get(stream);
    if (others === undefined) this.#byStream.set(stream, new Set([courier]));
    else others.add(courier);
    courier.wake();
  }

  /** @param isChanged another node changed the webhook: the courier's copy is out of date */
  async dismiss(id: string, isChanged = false): Promise<void> {
    const served = this.#couriers.get(id);
    if (served === undefined) return;
    const { courier, projectId } = served;
    const stream = projectStream(projectId);
    this.#couriers.delete(id);
    const others = this.#byStream.get(stream);
    others?.delete(courier);
    if (others?.size === 0) this.#byStream.delete(stream);
    await courier.stop(isChanged);
  }

  /** Another node changed a webhook of the project: reads all of the project's webhooks again. */
  async reload(projectId: string): Promise<void> {
    this.#changed?.add(projectId);
    for (const [id, { projectId: whose }] of [...this.#couriers])
      if (whose === projectId) await this.dismiss(id, true);
    for (const webhook of await this.#context.webhooks.ofProject(projectId))
      if (!this.#couriers.has(webhook.id)) this.serve(webhook);
  }

  async #dismissAll(): Promise<void> {
    await Promise.all([...this.#couriers.keys()].map((id) => this.dismiss(id)));
  }
}
