/** The address that each host last reported from; the API shows it as a hypervisor's `host_ip`. */
import { isIP } from 'node:net';

/** A larger batch comes from a relay, whose address is not that of the reported hosts. */
export const OF_ONE_HOST = 4;

export class ReporterAddresses {
  readonly #byHost = new Map<string, string>();

  /** @param host a host with a compute service: no other name may take memory */
  note(host: string, address: string): void {
    if (this.#byHost.get(host) !== address) this.#byHost.set(host, address);
  }

  /** Null where the host never reported by itself. A host whose name is an address has that address. */
  of(host: string): string | null {
    if (isIP(host) !== 0) return host;
    return this.#byHost.get(host)?.replace(/^::ffff:(?=\d+\.)/, '') ?? null;
  }
}
