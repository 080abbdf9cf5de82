/** `hostbeat services …`, by Nova's API: the same commands work on a real Nova. */
import { type ConnectionFlags, connectionOf } from './connection.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { HttpClient } from './http-client.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface ServiceFlags extends ConnectionFlags {
  readonly binary: string;
}

/** Since 2.53 a service is named by its uuid, and one PUT turns every switch. */
const MICROVERSION = '2.53';

interface NovaService {
  readonly id: string;
  readonly host: string;
  readonly binary: string;
  readonly zone: string;
  readonly status: string;
  readonly state: string;
  readonly forced_down: boolean;
  readonly updated_at: string | null;
  readonly disabled_reason: string | null;
}

export async function listServices(
  flags: ConnectionFlags & { readonly host?: string; readonly binary?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { http } = connectionOf(flags, terminal.env);
  const services = await fetchServices(http, flags);
  if (flags.json === true) return terminal.out(`${JSON.stringify(services, null, 2)}\n`);
  const rows = services.map((service) => [
    service.host,
    service.binary,
    service.zone,
    service.status,
    service.state,
    service.forced_down ? 'forced_down' : '-',
    service.updated_at ?? '-',
    service.disabled_reason ?? '-',
  ]);
  terminal.out(table(['HOST', 'BINARY', 'ZONE', 'STATUS', 'STATE', 'FENCE', 'UPDATED', 'REASON'], rows));
}

export async function switchService(
  host: string,
  flags: ServiceFlags,
  to: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const { http } = connectionOf(flags, terminal.env);
  const { id } = await findService(http, host, flags.binary);
  const { body } = await http.request<{ service: NovaService }>('PUT', `/v2.1/os-services/${id}`, {
    body: to,
    microversion: MICROVERSION,
  });
  const { status, state, forced_down } = body.service;
  terminal.out(`${host} ${flags.binary}: ${status}, ${state}${forced_down ? ', forced_down' : ''}\n`);
}

/** Nova has no field for it: hostbeat's own API. */
export async function recordFence(
  host: string,
  flags: ServiceFlags,
  fence: string,
  terminal: Terminal,
): Promise<void> {
  const { http } = connectionOf(flags, terminal.env);
  const { id } = await findService(http, host, flags.binary);
  await http.request('PUT', `/v1/services/${id}`, { body: { fence } });
  terminal.out(`${host} ${flags.binary}: fence ${fence}\n`);
}

export async function deleteService(host: string, flags: ServiceFlags, terminal: Terminal): Promise<void> {
  const { http } = connectionOf(flags, terminal.env);
  const { id } = await findService(http, host, flags.binary);
  await http.request('DELETE', `/v2.1/os-services/${id}`, { microversion: MICROVERSION });
  terminal.out(`${host} ${flags.binary}: deleted\n`);
}

/** @throws CliError `failed` if there is none */
async function findService(http: HttpClient, host: string, binary: string): Promise<NovaService> {
  const [service] = await fetchServices(http, { host, binary });
  if (service === undefined)
    throw new CliError(
      EXIT.failed,
      `there is no service ${binary} on host ${host}; "hostbeat services list" shows those there are.`,
    );
  return service;
}

export async function fetchServices(
  http: HttpClient,
  filter: { readonly host?: string; readonly binary?: string },
): Promise<readonly NovaService[]> {
  const query = new URLSearchParams();
  if (filter.host !== undefined) query.set('host', filter.host);
  if (filter.binary !== undefined) query.set('binary', filter.binary);
  const path = query.size === 0 ? '/v2.1/os-services' : `/v2.1/os-services?${query}`;
  const { body } = await http.get<{ services: readonly NovaService[] }>(path, { microversion: MICROVERSION });
  return body.services;
}
