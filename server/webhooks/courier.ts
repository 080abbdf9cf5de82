import type { Change } from '../../client-sdk/protocol/items.ts';
import type { Clock, Duration, Monotonic } from '../domain/clock.ts';
import type { Policy } from '../identity/policy-port.ts';
import { CallerGone, type FairQueue } from '../limits/fair-queue.ts';
import { type LogRow, projectStream, type Store, type StreamBounds } from '../ports/store.ts';
import type { Webhook, WebhookStore } from '../ports/webhook-store.ts';
import { entitlementOf } from '../stream/entitlement.ts';
import { itemEpoch } from '../stream/item-epoch.ts';
import { boundsBy, rowBy } from '../stream/numbering.ts';
import { itemsIn, type StreamView } from '../stream/view.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SetTimer } from '../timers.ts';
import { FEWEST_ATTEMPTS, LONGEST, PATIENCE, pauseAfter } from './backoff.ts';
import { identityOf } from './maker.ts';
import { type Message, messagesOf, resetMessage } from './messages.ts';
import type { PostOutcome } from './post.ts';
import { secretsOf, signatureHeaders } from './signature.ts';

/** The roles that the maker of a webhook has in its project now; undefined if that user may no longer receive. */
export type CurrentRoles = (webhook: Webhook) => Promise<readonly string[] | undefined>;

export interface CourierContext {
  readonly webhooks: Pick<WebhookStore, 'change'>;
  readonly store: Pick<Store, 'epoch' | 'bounds' | 'log'>;
  readonly policy: Policy;
  readonly rolesNow: CurrentRoles;
  readonly post: (
    url: URL,
    message: Message,
    signature: Readonly<Record<string, string>>,
    projectId: string,
    signal?: AbortSignal,
  ) => Promise<PostOutcome>;
  /** Limited per project. */
  readonly deliveries: FairQueue;
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /** 0 <= x < 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Called when a webhook is given up, for metrics. Must not throw. */
  readonly onParked?: () => void;
}

/** Rows read in one query. */
const PAGE = 16;
/**
 * How long a new place stays in memory only. After a crash, the deliveries since the last stored place are repeated.
 */
const SAVE_AFTER: Duration = 1_000;
/** How long a running delivery may continue after the courier was stopped. */
const GRACE: Duration = 500;

/**
 * Delivers one webhook's stream from its place in the log: one message at a time, in order, each until the endpoint
 * takes it. There is no queue: the log holds what is still to be delivered.
 */
export class Courier {
  readonly #context: CourierContext;
  #webhook: Webhook;
  #seq: number;
  #unknownSeq: number;
  #busy = false;
  #again = false;
  #stopped = false;
  #retryAt: Monotonic;
  readonly #calledOff = new AbortController();
  #cancelRetry: () => void = () => undefined;
  #cancelSave: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(webhook: Webhook, context: CourierContext) {
    this.#webhook = webhook;
    this.#seq = webhook.seq;
    this.#unknownSeq = webhook.unknownSeq;
    this.#context = context;
    const { clock } = context;
    // The wall clock may have been set back since it was written.
    const longest = pauseAfter(webhook.attempts, 1);
    this.#retryAt = clock.monotonic() + Math.min((webhook.nextAttemptAt ?? 0) - clock.now(), longest);
  }

  /** Called when there may be something to deliver. */
  wake(): void {
    this.#again = true;
    if (this.#busy || this.#stopped) return;
    this.#cancelRetry();
    const wait = this.#pause();
    if (wait > 0) {
      this.#cancelRetry = this.#context.setTimer(() => this.wake(), wait);
      return;
    }
    this.#busy = true;
    this.#running = this.#run().finally(() => {
      this.#busy = false;
      if (this.#again) this.wake();
    });
  }

  /**
   * Waits for the running delivery or aborts it; the next courier delivers it again. Stores the place.
   * @param isChanged another node changed the webhook's row: only the place is stored
   */
  async stop(isChanged = false): Promise<void> {
    this.#stopped = true;
    const cancel = this.#context.setTimer(() => this.#calledOff.abort(), GRACE);
    this.#cancelRetry();
    await this.#running;
    cancel();
    if (isChanged) await this.#savePlace();
    else await this.#save();
  }

  async #run(): Promise<void> {
    const { logger } = this.#context;
    try {
      while (this.#again && !this.#stopped && this.#pause() <= 0) {
        this.#again = false;
        await this.#deliverAll();
      }
    } catch (error) {
      logger.error({ err: error, webhook: this.#webhook.id }, 'a webhook could not be served; trying again');
      this.#again = false;
      this.#cancelRetry = this.#context.setTimer(() => this.wake(), pauseAfter(1, this.#context.random()));
    }
  }

  /**
   * How much longer to wait before the next attempt at a failed endpoint. Measured on our monotonic clock, because the
   * wall clock may be set meanwhile.
   */
  #pause(): Duration {
    return this.#retryAt - this.#context.clock.monotonic();
  }

  async #deliverAll(): Promise<void> {
    const { store } = this.#context;
    const stream = projectStream(this.#webhook.projectId);
    for (;;) {
      const bounds = await store.bounds(stream);
      const { head, floor } = bounds;
      if (this.#seq >= head || this.#stopped) return;
      if (this.#seq < floor - 1) {
        if (!(await this.#deliverReset(bounds))) return;
        this.#pass({ seq: floor - 1, unknownSeq: Math.max(bounds.unknownOnly.floor - 1, this.#unknownSeq) });
      }
      for (const row of await store.log(stream, this.#seq, head, PAGE)) {
        // Rows in between were trimmed during other deliveries: the reset must say so.
        if (row.seq !== this.#seq + 1) break;
        if (this.#stopped || !(await this.#deliverRow(row))) return;
        this.#pass(row);
      }
    }
  }

  /** Reports that rows not yet delivered are no longer in the log. @returns false if it must be tried again */
  async #deliverReset(all: StreamBounds): Promise<boolean> {
    const view = await this.#view();
    if (view === undefined) return false;
    // The Aodh format has no reset event.
    if (this.#webhook.format !== 'cloudevents') return true;
    const { floor, floorEntry: entry } = boundsBy(view.visibility, all);
    const seq = floor - 1;
    if (view.visibility !== 'all' && this.#unknownSeq >= seq) return true;
    const { store, clock } = this.#context;
    const batch = { epoch: itemEpoch(store.epoch, entry, view.visibility), seq, at: clock.now() };
    return this.#deliver(resetMessage(this.#webhook, batch));
  }

  /** @returns false if it must be tried again */
  async #deliverRow(all: LogRow): Promise<boolean> {
    const view = await this.#view();
    if (view === undefined) return false;
    const row = rowBy(view.visibility, all);
    if (row === undefined) return true;
    const items = itemsIn(view, JSON.parse(row.items) as Change[]) as readonly Change[];
    if (items.length === 0) return true;
    const { seq, at, entry } = row;
    const epoch = itemEpoch(this.#context.store.epoch, entry, view.visibility);
    const batch = { epoch, seq, at, items };
    for (const message of messagesOf(this.#webhook, batch)) {
      if (this.#stopped || !(await this.#deliver(message))) return false;
    }
    return true;
  }

  async #deliver(message: Message): Promise<boolean> {
    const { deliveries, post, clock } = this.#context;
    const { url, projectId } = this.#webhook;
    const work = async () => {
      // The message may have waited long for its turn.
      if (this.#stopped || (await this.#view()) === undefined) return undefined;
      const signature = signatureHeaders(
        secretsOf(this.#webhook, clock.now()),
        message.id,
        message.body,
        clock.now(),
      );
      return post(new URL(url), message, signature, projectId, this.#calledOff.signal);
    };
    const outcome = await deliveries.run(projectId, work, this.#calledOff.signal).catch((error: unknown) => {
      if (error instanceof CallerGone) return undefined;
      throw error;
    });
    if (outcome === undefined) return false;
    if (outcome.delivered) {
      const healed = { attempts: 0, failingSince: null, nextAttemptAt: null, lastError: null };
      this.#webhook = { ...this.#webhook, ...healed, lastDeliveredAt: clock.now() };
      return true;
    }
    // The courier aborted the attempt itself, so it is no failure of the endpoint.
    if (!this.#calledOff.signal.aborted) await this.#failed(outcome);
    return false;
  }

  async #failed({ error, retryAfter = 0, gone }: Extract<PostOutcome, { delivered: false }>): Promise<void> {
    const { clock, random } = this.#context;
    const now = clock.now();
    const attempts = this.#webhook.attempts + 1;
    const failingSince = this.#webhook.failingSince ?? now;
    const pause = Math.max(pauseAfter(attempts, random()), Math.min(retryAfter, LONGEST));
    this.#webhook = {
      ...this.#webhook,
      attempts,
      failingSince,
      lastError: error,
      nextAttemptAt: now + pause,
    };
    this.#retryAt = clock.monotonic() + pause;
    if (gone) return this.#park('the endpoint says that it is gone (410)');
    if (now - failingSince >= PATIENCE && attempts >= FEWEST_ATTEMPTS)
      return this.#park(`nothing was accepted for 24 hours; last error: ${error}`);
    await this.#save();
    // `wake`, called for the work that is left, sets the timer.
    this.#again = true;
  }

  async #park(reason: string): Promise<void> {
    this.#context.logger.warn({ webhook: this.#webhook.id, reason }, 'a webhook was parked');
    this.#context.onParked?.();
    this.#stopped = true;
    this.#again = false;
    this.#webhook = { ...this.#webhook, state: 'parked', reason, nextAttemptAt: null };
    await this.#save();
  }

  /** What the webhook may see now. Parks a webhook that may no longer see anything. */
  async #view(): Promise<StreamView | undefined> {
    const { policy, rolesNow } = this.#context;
    const roles = await rolesNow(this.#webhook);
    const stream = { stream: 'project', project_id: this.#webhook.projectId } as const;
    const entitlement = roles && entitlementOf(identityOf(this.#webhook, roles), stream, policy);
    if (entitlement === undefined) {
      await this.#park('its maker may not follow the project’s servers any more');
      return undefined;
    }
    const { servers, hostStatus, format } = this.#webhook;
    return {
      visibility: entitlement.visibility,
      ...(servers === null ? {} : { servers: new Set(servers) }),
      // The Aodh format filters by the new status itself.
      ...(hostStatus === null || format === 'aodh' ? {} : { hostStatus: new Set(hostStatus) }),
    };
  }

  #pass({ seq, unknownSeq }: Pick<LogRow, 'seq' | 'unknownSeq'>): void {
    this.#seq = seq;
    this.#unknownSeq = unknownSeq ?? this.#unknownSeq;
    this.#cancelSave ??= this.#context.setTimer(() => {
      this.#save().catch((error: unknown) =>
        this.#context.logger.warn(
          { err: error, webhook: this.#webhook.id },
          'a webhook’s place could not be kept',
        ),
      );
    }, SAVE_AFTER);
  }

  async #savePlace(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    const { id, lastDeliveredAt } = this.#webhook;
    await this.#context.webhooks.change(id, {
      seq: this.#seq,
      unknownSeq: this.#unknownSeq,
      lastDeliveredAt,
    });
  }

  async #save(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    const { state, reason, attempts, failingSince, nextAttemptAt, lastDeliveredAt, lastError, id } =
      this.#webhook;
    const place = {
      seq: this.#seq,
      unknownSeq: this.#unknownSeq,
      attempts,
      failingSince,
      nextAttemptAt,
      lastDeliveredAt,
      lastError,
    };
    await this.#context.webhooks.change(id, state === 'parked' ? { ...place, state, reason } : place);
  }
}
