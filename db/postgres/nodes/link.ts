/** What nodes share, on PostgreSQL: NOTIFY carries their messages, a row of `leases` names the leader. */
import { setTimeout as after } from 'node:timers';
import type { LeaseRecord, NodeEntry, NodeLink } from '../../../server/ports/node-link.ts';
import type { DatabaseAddress } from '../connection/address.ts';
import { type Client, letGo } from '../connection/driver.ts';
import { isOnlyNode } from '../connection/exclusive.ts';
import { KeptConnection } from '../connection/kept-connection.ts';
import { connectPrimary } from '../connection/session.ts';

const LEASE = 'sweeper';
/** A message that is not sent by then goes out with the next one. */
const SEND_MS = 1_000;
/** The fence waits for the commit that is under way; a paused writer is ended after two seconds. */
const LEASE_MS = 4_000;
const AGAIN_MS = 200;

/** At most 63 bytes, PostgreSQL's limit: a schema's name has 51 at most. */
export function channelOf({ schema }: Pick<DatabaseAddress, 'schema'>): string {
  return `hostbeatn_${schema}`;
}

export interface PostgresLinkOptions {
  readonly address: DatabaseAddress;
  readonly id: number;
  readonly name: string;
}

export class PostgresLink implements NodeLink {
  readonly id: number;
  readonly name: string;
  readonly #address: DatabaseAddress;
  readonly #sender: KeptConnection;
  readonly #leases: KeptConnection;
  #listener: Client | undefined;
  #heard: (message: string) => void = () => undefined;
  #begun: () => void = () => undefined;
  #closed = false;

  constructor({ address, id, name }: PostgresLinkOptions) {
    this.#address = address;
    this.id = id;
    this.name = name;
    this.#sender = new KeptConnection(address, 'digests', SEND_MS);
    this.#leases = new KeptConnection(address, 'lease', LEASE_MS);
  }

  async send(messages: readonly string[]): Promise<void> {
    await this.#sender.query({
      name: 'digests',
      text: 'SELECT pg_notify($1, message) FROM unnest($2::text[]) WITH ORDINALITY AS m(message, n) ORDER BY n',
      values: [channelOf(this.#address), messages],
    });
  }

  listen(heard: (message: string) => void, begun: () => void): void {
    this.#heard = heard;
    this.#begun = begun;
    void this.#listen();
  }

  listenAgain(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener !== undefined) letGo(listener);
  }

  async lease(): Promise<LeaseRecord> {
    const read = {
      name: 'lease',
      text: 'SELECT holder, epoch, beat FROM leases WHERE name = $1',
      values: [LEASE],
    };
    const { rows } = await this.#leases.query(read);
    if (rows.length > 0) return rows[0] as LeaseRecord;
    await this.#leases.query({
      text: 'INSERT INTO leases (name, holder, epoch, beat) VALUES ($1, NULL, 0, 0) ON CONFLICT DO NOTHING',
      values: [LEASE],
    });
    return (await this.#leases.query(read)).rows[0] as LeaseRecord;
  }

  async beat(epoch: number): Promise<boolean> {
    const { rowCount } = await this.#leases.query({
      name: 'beat',
      text: 'UPDATE leases SET beat = beat + 1 WHERE name = $1 AND holder = $2 AND epoch = $3',
      values: [LEASE, this.id, epoch],
    });
    return rowCount === 1;
  }

  /** One statement: the lease is taken only if its fence is written. */
  async take(seen: LeaseRecord): Promise<number | undefined> {
    const { rows } = await this.#leases.query({
      name: 'take lease',
      text: `WITH fenced AS MATERIALIZED (SELECT fence FROM head FOR UPDATE),
          taken AS (UPDATE leases SET holder = $2, epoch = greatest(epoch, (SELECT fence FROM fenced)) + 1, beat = 0
            WHERE name = $1 AND epoch = $3 AND beat = $4 RETURNING epoch)
        UPDATE head SET fence = taken.epoch FROM taken RETURNING fence`,
      values: [LEASE, this.id, seen.epoch, seen.beat],
    });
    return rows[0]?.fence;
  }

  async release(epoch: number): Promise<void> {
    await this.#leases.query({
      text: 'UPDATE leases SET holder = NULL, beat = beat + 1 WHERE name = $1 AND holder = $2 AND epoch = $3',
      values: [LEASE, this.id, epoch],
    });
  }

  isOnly(): Promise<boolean> {
    return isOnlyNode(this.#leases, this.#address);
  }

  async nodes(ids: readonly number[]): Promise<readonly NodeEntry[]> {
    const { rows } = await this.#leases.query({
      text: 'SELECT id, name, version, started_at AS "startedAt" FROM nodes WHERE id = ANY($1::int[]) ORDER BY id',
      values: [ids],
    });
    return rows as NodeEntry[];
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#listener?.end().catch(() => undefined);
    await this.#sender.close();
    await this.#leases.close();
  }

  async #listen(): Promise<void> {
    let client: Client | undefined;
    try {
      client = (await connectPrimary(this.#address, 'listener')).client;
      if (this.#closed) return letGo(client);
      client.on('end', () => this.#again());
      client.on('notification', ({ channel, payload = '' }) => {
        if (channel === channelOf(this.#address)) this.#heard(payload);
      });
      await client.query(`LISTEN ${channelOf(this.#address)}`);
      this.#listener = client;
      this.#begun();
    } catch {
      if (client === undefined) this.#again();
      else letGo(client);
    }
  }

  #again(): void {
    this.#listener = undefined;
    if (!this.#closed) after(() => void this.#listen(), AGAIN_MS * (1 + Math.random())).unref();
  }
}
