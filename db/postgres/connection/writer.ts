/** The one connection that writes, made again whenever it is lost. Until then every write is refused at once. */
import { setTimeout as after } from 'node:timers';
import type { Logger } from '../../../server/telemetry/logger.ts';
import type { DatabaseAddress, Host } from './address.ts';
import { type Client, letGo } from './driver.ts';
import { connectPrimary, type FoundPrimary } from './session.ts';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

export interface WriterOptions {
  readonly address: DatabaseAddress;
  readonly logger: Logger;
  /** Examines a new connection before its first use; if it throws, the connection is closed and retried. */
  readonly arrived: (found: FoundPrimary) => Promise<void>;
  /** The connection was lost, or could not be made. */
  readonly failed: (error: unknown) => void;
}

export class Writer {
  readonly #options: WriterOptions;
  #client: Client;
  #host: Host;
  #up = true;
  #closed = false;
  #cancel: () => void = () => undefined;
  readonly #waiting = new Set<(client: Client | undefined) => void>();

  /** @param found connected and examined */
  constructor(found: FoundPrimary, options: WriterOptions) {
    this.#options = options;
    this.#client = found.client;
    this.#host = found.host;
    this.#watch(found.client);
  }

  /** Undefined while it is lost. */
  get client(): Client | undefined {
    return this.#up ? this.#client : undefined;
  }

  get host(): Host {
    return this.#host;
  }

  /** The connection as soon as it exists; undefined if it is not made within `ms`. */
  async ready(ms: number): Promise<Client | undefined> {
    if (this.#up || this.#closed || ms <= 0) return this.client;
    return new Promise((resolve) => {
      const timer = after(() => settle(undefined), ms);
      const settle = (client: Client | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(client);
      };
      this.#waiting.add(settle);
    });
  }

  /** This connection cannot be used any more: another one is made. */
  lost(client: Client, error: unknown): void {
    if (client !== this.#client || !this.#up || this.#closed) return;
    this.#up = false;
    letGo(client);
    this.#options.failed(error);
    this.#again(FIRST_WAIT_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    for (const settle of this.#waiting) settle(undefined);
    if (this.#up) await this.#client.end().catch(() => undefined);
    this.#up = false;
  }

  #watch(client: Client): void {
    client.on('error', (error) => this.lost(client, error));
    client.on('end', () => this.lost(client, new Error('the connection was terminated')));
  }

  #again(wait: number): void {
    const timer = after(() => void this.#connect(wait), wait * (0.5 + Math.random() / 2));
    this.#cancel = () => clearTimeout(timer);
  }

  async #connect(waited: number): Promise<void> {
    const { address, arrived, failed, logger } = this.#options;
    let client: Client | undefined;
    try {
      const found = await connectPrimary(address, 'writer');
      client = found.client;
      await arrived(found);
      if (this.#closed) return letGo(client);
      this.#client = found.client;
      this.#host = found.host;
      this.#up = true;
      this.#watch(found.client);
      logger.info({ host: found.host.host }, 'PostgreSQL is reached again');
      for (const settle of this.#waiting) settle(found.client);
    } catch (error) {
      if (client !== undefined) letGo(client);
      if (this.#closed) return;
      failed(error);
      this.#again(Math.min(waited * 2, LONGEST_WAIT_MS));
    }
  }
}
