/** Counts events of this node since its start, for the metrics. */
import type { Clock, Duration } from '../domain/clock.ts';

type AskListener = (answered: boolean, took: Duration) => void;

export class NodeCounts {
  /** Other nodes that fell silent or left a question unanswered; not those that announced their leave. */
  lost = 0;
  /** Services that got time to report to another node, because their node was lost or left. */
  held = 0;
  takeOvers = 0;
  listensAgain = 0;
  readonly #listeners: AskListener[] = [];

  /** Calls back when a question ends: each of the other nodes has answered it or is lost, or that cannot be known. */
  onAsked(listener: AskListener): void {
    this.#listeners.push(listener);
  }

  /** @returns `answered`, settled after the listeners got the time that it took */
  async timed(answered: Promise<boolean>, clock: Pick<Clock, 'monotonic'>): Promise<boolean> {
    const began = clock.monotonic();
    const areAnswered = await answered;
    for (const listener of this.#listeners) listener(areAnswered, clock.monotonic() - began);
    return areAnswered;
  }
}
