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
  #switching: Promise<void> = Promise.resolve();

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
   */
  deliver(is: boolean): Promise<void> {
    this.#delivers = is;
    const before = this.#switching.catch(() => undefined);
    this.#switching = before.then(async () => {
      if (is !== this.#delivers) return;
      if (!is) await this.#dismissAll();
      else
        for (const webhook of await this.#context.webhooks.all()) {
          if (!this.#couriers.has(webhook.id)) this.serve(webhook);
        }
    });
    return this.#switching;
  }

  /** The stream has new rows. */
  wake(stream: string): void {
    for (const courier of this.#byStream.get(stream) ?? []) courier.wake();
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
    for (const [id, { projectId: whose }] of [...this.#couriers])
      if (whose === projectId) await this.dismiss(id, true);
    for (const webhook of await this.#context.webhooks.ofProject(projectId))
      if (!this.#couriers.has(webhook.id)) this.serve(webhook);
  }

  async #dismissAll(): Promise<void> {
    await Promise.all([...this.#couriers.keys()].map((id) => this.dismiss(id)));
  }
}
