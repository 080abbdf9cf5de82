/** From which address each host was last reported: what `host_ip` of a hypervisor is, as far as anybody knows here. */
import { isIP } from 'node:net';

/** A larger batch is a relay's, and its address is not that of the hosts it speaks for. */
export const OF_ONE_HOST = 4;

export class ReporterAddresses {
  readonly #byHost = new Map<string, string>();

  /** @param host one that has a compute service: nobody else's name takes memory */
  note(host: string, address: string): void {
    if (this.#byHost.get(host) !== address) this.#byHost.set(host, address);
  }

  /** Null where it was never reported by itself. A host that is named by its address has that. */
  of(host: string): string | null {
    if (isIP(host) !== 0) return host;
    return this.#byHost.get(host)?.replace(/^::ffff:(?=\d+\.)/, '') ?? null;
  }
}
