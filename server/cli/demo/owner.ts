import type { Change, ServerState } from '../../../client-sdk/protocol/items.ts';
import { type Client, connect } from '../../../client-sdk/src/index.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Cloud } from './cloud.ts';
import { type OwnerName, password } from './layout.ts';
import { type DemoRequest, login } from './rest.ts';

/** A push, and its arrival on this process's monotonic clock. */
export interface Push {
  readonly owner: OwnerName;
  readonly change: Change;
  readonly at: number;
}

const PATIENCE_MS = 10_000;

/** An owner: one socket through the SDK, and the Nova API for comparison. */
export class Owner {
  readonly name: OwnerName;
  readonly rest: DemoRequest;
  readonly servers: readonly ServerState[];
  readonly #client: Client;
  readonly #pushes: Push[] = [];
  #wake: () => void = () => undefined;

  private constructor(name: OwnerName, rest: DemoRequest, client: Client, servers: readonly ServerState[]) {
    this.name = name;
    this.rest = rest;
    this.servers = servers;
    this.#client = client;
    client.on('change', (change) => {
      this.#pushes.push({ owner: name, change, at: performance.now() });
      this.#wake();
    });
  }

  static async watching(cloud: Cloud, name: OwnerName): Promise<Owner> {
    const rest = await login(cloud.url, name, password, name);
    const client = connect({ url: cloud.url, token: rest.token });
    const servers: ServerState[] = [];
    client.on('snapshot', (snapshot) => servers.push(...snapshot.servers));
    await client.synced;
    return new Owner(name, rest, client, servers);
  }

  /** The next `count` pushes. @throws CliError if they do not arrive */
  async next(count: number): Promise<readonly Push[]> {
    const deadline = performance.now() + PATIENCE_MS;
    while (this.#pushes.length < count) {
      const left = deadline - performance.now();
      if (left <= 0)
        throw new CliError(
          EXIT.failed,
          `${this.name} received ${this.#pushes.length} changes instead of ${count}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#pushes.splice(0, count);
  }

  /** Pushes that the demo did not expect. */
  get unasked(): number {
    return this.#pushes.length;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
