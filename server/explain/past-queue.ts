/** Bounds questions about the past: explanations and history, each of which may read a thousand rows and more. */
import { FairQueue, type FairQueueLimits } from '../limits/fair-queue.ts';

/** One caller's questions share a place, so that a flood of them gets no more of the time than one. */
const LIMITS: FairQueueLimits = {
  running: 4,
  runningPerKey: 1,
  waiting: 128,
  waitingPerKey: 16,
  what: 'questions about the past',
  retryAfterMs: 2_000,
};

/** Whose turn a question takes. */
export interface Asker {
  readonly projectId: string | null;
  readonly userId: string;
}

export class PastQueue {
  readonly #queue = new FairQueue(LIMITS);

  /** @throws DomainError `too_many` or `unavailable` above the limits; CallerGone; what `answer` throws */
  run<T>({ projectId, userId }: Asker, answer: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#queue.run(projectId ?? userId, answer, signal);
  }
}

/** One instance, because there is one event loop and one database. */
export const pastQueue = new PastQueue();
