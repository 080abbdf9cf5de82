/**
 * What an informer is to a Kubernetes controller: a cache that is always complete, and a queue of changed servers.
 * `reconcile` is called for one server at a time, gets its present state, and is called again, with growing pauses,
 * until it succeeds.
 *
 * It works by level, not by edge: ten changes while `reconcile` is busy cause one more call, and a restart, a reset or
 * a missed moment need no code of their own. `reconcile` must only be safe to repeat.
 */
import { type Client, type ClientOptions, connect, HostStatusMap, type ServerState } from 'hostbeat-client';
import { printable } from './printable.ts';

/** @param server its present state; undefined: it was removed, or left the project */
export type Reconcile = (id: string, server: ServerState | undefined) => Promise<void>;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export class Informer implements AsyncDisposable {
  /** The cache, readable at any time; its `stale` says whether it may be outdated. */
  readonly servers: HostStatusMap;
  readonly #client: Client;
  readonly #reconcile: Reconcile;
  readonly #queue = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #pauses = new Set<ReturnType<typeof setTimeout>>();
  #wake = () => {};

  constructor(options: Omit<ClientOptions, 'cursor' | 'onCursor'>, reconcile: Reconcile) {
    this.#client = connect(options);
    this.servers = new HostStatusMap(this.#client);
    this.#reconcile = reconcile;
    this.servers.on('change', ({ id }) => this.enqueue(id));
    this.#client.on('state', () => this.#wake());
  }

  /** Resolves when it was closed. @throws HostbeatError if the server refuses for good */
  async run(): Promise<void> {
    await this.servers.synced.catch(() => {});
    for (const [id] of this.servers) this.enqueue(id);
    while (!this.#isOver()) {
      const [id] = this.#queue;
      if (id === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        this.#queue.delete(id);
        await this.#try(id);
      }
    }
    if (this.#client.state === 'stopped') throw this.#client.error;
  }

  /** Queues the server again, whether or not it changed. */
  enqueue(id: string): void {
    this.#queue.add(id);
    this.#wake();
  }

  async close(): Promise<void> {
    for (const pause of this.#pauses) clearTimeout(pause);
    await this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #isOver(): boolean {
    return this.#client.state === 'closed' || this.#client.state === 'stopped';
  }

  async #try(id: string): Promise<void> {
    try {
      await this.#reconcile(id, this.servers.get(id));
      this.#failures.delete(id);
    } catch (error) {
      const failures = this.#failures.get(id) ?? 0;
      this.#failures.set(id, failures + 1);
      const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      console.error(
        `${id}: ${printable(error instanceof Error ? error.message : String(error))}; again in ${ms} ms`,
      );
      const pause = setTimeout(() => {
        this.#pauses.delete(pause);
        this.enqueue(id);
      }, ms);
      this.#pauses.add(pause);
    }
  }
}
