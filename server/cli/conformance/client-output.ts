/** What the client under test has printed: its decisions, its cursors, and what it may print next. */
import { holds } from './compare.ts';
import type { Json } from './scenario.ts';
import { pause, Waiting } from './waiting.ts';

export class ClientOutput {
  readonly waiting: Waiting;
  /** Decisions that no step has checked yet: those about the state in order, the others each by kind. */
  readonly #decisions: Json[] = [];
  readonly #trackers: Json[] = [];
  /** Decisions that an earlier step requires first. */
  readonly #required: Json[] = [];
  readonly #seqOf = new Map<string, number>();
  readonly #shown = new Set<number>();
  readonly #mayStop: boolean;
  #isStopped = false;
  #cursor: string | undefined;
  #fault: string | undefined;

  constructor(patience: number, mayStop: boolean) {
    this.#mayStop = mayStop;
    this.waiting = new Waiting(patience, () => this.#fault);
  }

  /** The cursor printed last. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The first thing the client did that no scenario allows. */
  get fault(): string | undefined {
    return this.#fault;
  }

  take(line: Json): void {
    if ('cursor' in line) this.#onCursor(String(line.cursor));
    else if ('tracker' in line) this.#trackers.push(line);
    else if ('stopped' in line) this.#onStopped(line);
    else {
      if (typeof line.seq === 'number') this.#shown.add(line.seq);
      this.#decisions.push(line);
    }
    this.waiting.wake();
  }

  /** Records that the event of `seq` was sent with this cursor. */
  sent(cursor: string, seq: number): void {
    this.#seqOf.set(cursor, seq);
  }

  /** Whether the client has printed the cursor of an event that was sent. */
  get hasKept(): boolean {
    return this.#seqOf.has(this.#cursor ?? '');
  }

  /** The next decision must be this one. */
  require(decision: Json): void {
    this.#required.push(decision);
  }

  /** @throws Error if the client decides something else, or nothing in time */
  async decides(wanted: Json): Promise<void> {
    if ('stopped' in wanted) {
      await this.waiting.until('that it stops', () => this.#isStopped || undefined);
      return;
    }
    if ('tracker' in wanted) {
      await this.waiting.until(`the tracker ${String(wanted.tracker)}`, () => {
        const found = this.#trackers.findIndex(({ tracker }) => tracker === wanted.tracker);
        return found < 0 ? undefined : this.#trackers.splice(0, found + 1);
      });
      return;
    }
    for (const one of [...this.#required.splice(0), wanted]) {
      const decision = await this.waiting.until(`the decision ${JSON.stringify(one)}`, () =>
        this.#decisions.shift(),
      );
      if (!holds(decision, one)) {
        throw new Error(`decided ${JSON.stringify(decision)} in place of ${JSON.stringify(one)}`);
      }
    }
  }

  /** Waits, and throws if the client has decided anything. */
  async staysSilent(ms: number, words = 'decided too early'): Promise<void> {
    await pause(ms);
    const [decision] = this.#decisions;
    if (decision !== undefined) throw new Error(`${words}: ${JSON.stringify(decision)}`);
  }

  #onStopped({ stopped }: Json): void {
    this.#isStopped = true;
    if (!this.#mayStop) this.#fault ??= `gave up: ${String(stopped)}`;
  }

  /** A client that prints a cursor before the events up to it would lose those events in a crash. */
  #onCursor(cursor: string): void {
    this.#cursor = cursor;
    const seq = this.#seqOf.get(cursor);
    if (seq !== undefined && !this.#shown.has(seq))
      this.#fault ??= `printed the cursor of seq ${seq} before its changes`;
  }
}
