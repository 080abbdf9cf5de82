import type { Duration, Monotonic } from '../../domain/clock.ts';
import { CallerGone } from '../../limits/fair-queue.ts';
import { type LogRow, projectStream, type StreamBounds } from '../../ports/log.ts';
import type { Webhook } from '../../ports/webhook-store.ts';
import type { StreamView } from '../../stream/view.ts';
import { afterFailure, pauseAfter, UNTROUBLED } from './backoff.ts';
import type { CourierContext } from './courier-context.ts';
import { messageOfTrim, messagesOfRow } from './log-messages.ts';
import type { DeliveryMessage } from './messages.ts';
import type { PostOutcome } from './post.ts';
import { postSigned } from './signed-post.ts';
import { webhookView } from './webhook-view.ts';

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
    await this.#unlessLost(isChanged ? this.#savePlace() : this.#save());
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
  async #deliverReset(bounds: StreamBounds): Promise<boolean> {
    const view = await this.#view();
    if (view === undefined) return false;
    const { store, clock } = this.#context;
    const at = { epoch: store.epoch, unknownSeq: this.#unknownSeq, at: clock.now() };
    const message = messageOfTrim(this.#webhook, view, bounds, at);
    return message === undefined || this.#deliver(message);
  }

  /** @returns false if it must be tried again */
  async #deliverRow(row: LogRow): Promise<boolean> {
    const view = await this.#view();
    if (view === undefined) return false;
    for (const message of messagesOfRow(this.#webhook, view, row, this.#context.store.epoch)) {
      if (this.#stopped || !(await this.#deliver(message))) return false;
    }
    return true;
  }

  async #deliver(message: DeliveryMessage): Promise<boolean> {
    const { deliveries, clock } = this.#context;
    const { signal } = this.#calledOff;
    const work = async () => {
      // The message may have waited long for its turn.
      if (this.#stopped || (await this.#view()) === undefined) return undefined;
      return postSigned(this.#webhook, message, this.#context, signal);
    };
    const outcome = await deliveries.run(this.#webhook.projectId, work, signal).catch((error: unknown) => {
      if (error instanceof CallerGone) return undefined;
      throw error;
    });
    if (outcome === undefined) return false;
    if (outcome.delivered) {
      this.#webhook = { ...this.#webhook, ...UNTROUBLED, lastDeliveredAt: clock.now() };
      return true;
    }
    // The courier aborted the attempt itself, so it is no failure of the endpoint.
    if (!signal.aborted) await this.#failed(outcome);
    return false;
  }

  async #failed(outcome: Extract<PostOutcome, { delivered: false }>): Promise<void> {
    const { clock, random } = this.#context;
    const { trouble, pause, giveUp } = afterFailure(this.#webhook, outcome, clock.now(), random());
    this.#webhook = { ...this.#webhook, ...trouble };
    this.#retryAt = clock.monotonic() + pause;
    if (giveUp !== undefined) return this.#park(giveUp);
    await this.#save();
    // `wake`, called for the work that is left, sets the timer.
    this.#again = true;
  }

  /** Nothing ends before the row says so: where that cannot be stored, the courier goes on, and parks it later. */
  async #park(reason: string): Promise<void> {
    const active = this.#webhook;
    this.#webhook = { ...active, state: 'parked', reason, nextAttemptAt: null };
    try {
      await this.#save();
    } catch (error) {
      this.#webhook = active;
      throw error;
    }
    this.#stopped = true;
    this.#again = false;
    this.#context.logger.warn({ webhook: active.id, reason }, 'a webhook was parked');
    this.#context.onParked?.();
  }

  /** What the webhook may see now. Parks a webhook that may no longer see anything. */
  async #view(): Promise<StreamView | undefined> {
    const { policy, rolesNow } = this.#context;
    const roles = await rolesNow(this.#webhook);
    const view = roles && webhookView(this.#webhook, roles, policy);
    if (view === undefined) await this.#park('its maker may not follow the project’s servers any more');
    return view;
  }

  #pass({ seq, unknownSeq }: Pick<LogRow, 'seq' | 'unknownSeq'>): void {
    this.#seq = seq;
    this.#unknownSeq = unknownSeq ?? this.#unknownSeq;
    this.#cancelSave ??= this.#context.setTimer(() => void this.#unlessLost(this.#save()), SAVE_AFTER);
  }

  /** A place that is not stored is no failure: the next courier delivers again what came after the one before it. */
  async #unlessLost(saved: Promise<void>): Promise<void> {
    await saved.catch((error: unknown) =>
      this.#context.logger.warn(
        { err: error, webhook: this.#webhook.id },
        'a webhook’s place could not be stored',
      ),
    );
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
