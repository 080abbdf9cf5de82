/** A connection for one purpose, made when needed and again after a loss. A query waits a bounded time. */
import type { DatabaseAddress } from './address.ts';
import { type Client, letGo, type Query, type Queryable } from './driver.ts';
import { connectPrimary, type Role } from './session.ts';

export class KeptConnection implements Queryable {
  readonly #address: DatabaseAddress;
  readonly #role: Role;
  readonly #longest: number;
  #client: Promise<Client> | undefined;
  #closed = false;

  /** @param longest milliseconds that one query may take; then the connection counts as lost */
  constructor(address: DatabaseAddress, role: Role, longest: number) {
    this.#address = address;
    this.#role = role;
    this.#longest = longest;
  }

  async query(query: Query) {
    if (this.#closed) throw new Error('the connection is closed');
    this.#client ??= this.#connect();
    const connecting = this.#client;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('the connection gives no answer')), this.#longest);
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([connecting.then((client) => client.query(query)), late]);
    } catch (error) {
      this.#drop(connecting);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<Client> {
    const { client } = await connectPrimary(this.#address, this.#role);
    client.on('end', () => this.#drop(this.#client));
    return client;
  }

  #drop(lost: Promise<Client> | undefined): void {
    if (lost === undefined || this.#client !== lost) return;
    this.#client = undefined;
    lost.then(letGo, () => undefined);
  }
}
