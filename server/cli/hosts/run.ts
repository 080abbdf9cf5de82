/** `hostbeat hosts list`: an operator's view by host. */
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { ageText } from '../support/text.ts';

interface Host {
  readonly host: string;
  readonly zone: string | null;
  readonly host_status: string;
  readonly servers: number;
  readonly services: readonly {
    readonly binary: string;
    readonly since: string;
    readonly reason?: string | null;
    readonly confidence: string;
  }[];
}

export async function listHosts(
  flags: ConnectionFlags & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { http } = await connected(flags, terminal);
  const hosts: Host[] = [];
  for (let marker: string | null = ''; marker !== null; ) {
    const query = new URLSearchParams(marker === '' ? {} : { marker });
    const answer: { body: { hosts: Host[]; next: string | null } } = await http.get(`/v1/hosts?${query}`);
    hosts.push(...answer.body.hosts);
    marker = answer.body.next;
  }
  if (flags.json === true) return terminal.out(json(hosts, 2));
  const now = Date.now();
  const rows = hosts.map(({ host, zone, host_status, servers, services }) => {
    const since = services
      .map((service) => service.since)
      .sort()
      .at(-1);
    return [
      host,
      zone ?? '-',
      host_status || '-',
      since ?? '-',
      since === undefined ? '-' : ageText(since, now),
      String(servers),
      services.map(({ binary }) => binary).join(' '),
      services
        .map(({ confidence }) => confidence)
        .find((word) => word !== 'observed')
        ?.replaceAll('_', ' ') ?? 'observed',
      services.find(({ reason }) => reason)?.reason ?? '-',
    ];
  });
  terminal.out(
    table(
      ['HOST', 'ZONE', 'HOST STATUS', 'SINCE', 'AGE', 'SERVERS', 'SERVICES', 'CONFIDENCE', 'REASON'],
      rows,
    ),
  );
}
