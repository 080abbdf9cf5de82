/** Learns of others' commits at once. Without it the next poll finds them. */
import { setTimeout as after } from 'node:timers';
import type { DatabaseAddress } from './address.ts';
import { type Client, letGo } from './driver.ts';
import { connectPrimary } from './session.ts';

const AGAIN_MS = 1_000;

export class WakeUp {
  readonly #address: DatabaseAddress;
  readonly #channel: string;
  readonly #heard: () => void;
  #client: Client | undefined;
  #closed = false;

  constructor(address: DatabaseAddress, channel: string, heard: () => void) {
    this.#address = address;
    this.#channel = channel;
    this.#heard = heard;
  }

  async listen(): Promise<void> {
    try {
      const { client } = await connectPrimary(this.#address, 'tail');
      if (this.#closed) return letGo(client);
      this.#client = client;
      client.on('notification', this.#heard);
      client.on('end', () => this.#again());
      await client.query(`LISTEN ${this.#channel}`);
      this.#heard();
    } catch {
      if (this.#client === undefined) this.#again();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.end().catch(() => undefined);
  }

  #again(): void {
    this.#client = undefined;
    if (!this.#closed) after(() => void this.listen(), AGAIN_MS).unref();
  }
}
