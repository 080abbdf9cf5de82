import type { Webhook } from '../../../server/ports/webhook-store.ts';
import type { DeliveryMessage } from '../../../server/webhooks/delivery/messages.ts';
import type { PostOutcome } from '../../../server/webhooks/delivery/post.ts';
import type { Webhooks } from '../../../server/webhooks/webhooks.ts';
import { aWebhook } from '../../support/builders.ts';
import { anIdentity } from '../../support/identity.ts';
import { DeliveryCheck } from '../checker/deliveries.ts';
import type { SimProcess } from '../machine/process.ts';
import type { Random } from '../machine/random.ts';
import type { World } from '../world.ts';

/** The life of the server's process that an owner reaches. */
interface Life {
  readonly process: SimProcess;
  readonly webhooks: Pick<Webhooks, 'change'>;
}

/** How long an endpoint may take before it is given up. */
const PATIENCE = 3_000;

/** An owner's endpoint for webhooks: it is away, answers with an error, or too late; it may take what it says it did not. */
export class Endpoint {
  readonly webhook: Webhook;
  readonly check: DeliveryCheck;
  readonly #world: World;
  readonly #random: Random;
  #awayUntil = 0;
  #trouble: number;

  constructor(world: World, projectId: string) {
    this.#world = world;
    this.#random = world.random.branch();
    this.#trouble = this.#random.pick([0, 0.1, 0.4]);
    this.check = new DeliveryCheck(world, projectId);
    this.webhook = aWebhook({
      id: `hook-${projectId}`,
      projectId,
      userId: `u-${projectId}`,
      url: `https://endpoint.test/${projectId}`,
    });
  }

  away(ms: number): void {
    this.#world.note(`the endpoint of ${this.webhook.projectId} is away for ${Math.round(ms)}`);
    this.#awayUntil = this.#world.agenda.now + ms;
  }

  heal(): void {
    this.#awayUntil = 0;
    this.#trouble = 0;
  }

  /** Its owner resumes it if it was parked while the owner might not follow it. */
  resume(running: Life | undefined): void {
    const reason = this.#world.disk.client
      ?.prepare<[string], string | null>('SELECT reason FROM webhooks WHERE id = ?')
      .pluck()
      .get(this.webhook.id);
    if (!reason?.includes('may not follow') || running === undefined) return;
    const { id, userId, projectId } = this.webhook;
    running.process.deliver({}, () => {
      void running.webhooks
        .change(id, { state: 'active' }, anIdentity({ userId, projectId }))
        .catch(() => undefined);
    });
  }

  /** What the server's own poster does, as the process that delivers sees it. */
  async post(message: DeliveryMessage, from: SimProcess): Promise<PostOutcome> {
    const { agenda, network } = this.#world;
    const trouble = this.#random.chance(this.#trouble)
      ? this.#random.pick(['lost', 'unheard', 'error'] as const)
      : undefined;
    const outcome = await new Promise<PostOutcome>((resolve) => {
      const answer = (given: PostOutcome) => network.later(() => from.deliver(message, () => resolve(given)));
      from.setTimer(() => resolve({ delivered: false, error: 'no answer' }), PATIENCE);
      network.later(() => {
        if (agenda.now < this.#awayUntil)
          return answer({ delivered: false, error: 'the connection was refused' });
        if (trouble === 'lost') return;
        if (trouble !== 'error') this.check.took(message);
        if (trouble !== 'unheard')
          answer(trouble === 'error' ? { delivered: false, error: 'it answered 500' } : { delivered: true });
      });
    });
    return outcome;
  }
}
