/** `hostbeat maintenance …`: takes a host out of service, with a reason, and returns it. */

import { type ConnectionFlags, connected } from '../connection/connection.ts';
import { fetchServices, type ServiceFlags, switchService } from '../services/run.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';

export async function startMaintenance(
  host: string,
  flags: ServiceFlags & { readonly reason?: string },
  terminal: Terminal,
): Promise<void> {
  const reason = flags.reason === undefined ? {} : { disabled_reason: flags.reason };
  await switchService(host, flags, { status: 'disabled', ...reason }, terminal);
}

export async function endMaintenance(host: string, flags: ServiceFlags, terminal: Terminal): Promise<void> {
  await switchService(host, flags, { status: 'enabled' }, terminal);
}

export async function listMaintenance(
  flags: ConnectionFlags & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { http } = await connected(flags, terminal);
  const disabled = (await fetchServices(http, {})).filter(({ status }) => status === 'disabled');
  if (flags.json === true) return terminal.out(json(disabled, 2));
  const rows = disabled.map(({ host, binary, zone, state, disabled_reason }) => [
    host,
    binary,
    zone,
    state,
    disabled_reason ?? '-',
  ]);
  terminal.out(table(['HOST', 'BINARY', 'ZONE', 'STATE', 'REASON'], rows));
}
