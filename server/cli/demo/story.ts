import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Cloud } from './cloud.ts';
import { DOWN_TIME_S, HOSTS, INTERVAL_S, PLACEMENT } from './layout.ts';
import type { Owner, Push } from './owner.ts';
import type { DemoPage } from './page.ts';

/** The steps of the demo, in order. @throws CliError if a push is missing or wrong */
export async function story(cloud: Cloud, owners: readonly Owner[], page: DemoPage): Promise<void> {
  introduce(cloud, owners, page);
  const pushed: number[] = [];
  const instant: number[] = [];
  const last = new Map<string, HostStatus>();

  /** An operator's action, and the pushes that must follow: those of every server on the host, and no others. */
  const expect = async (servers: readonly string[], to: HostStatus): Promise<readonly Push[]> => {
    const pushes: Push[] = [];
    for (const owner of owners) {
      const own = servers.filter((server) => server in PLACEMENT[owner.name]);
      pushes.push(...(await owner.next(own.length)));
    }
    const received = pushes.map(({ change }) => change.name).sort();
    if (received.join() !== [...servers].sort().join() || pushes.some(({ change }) => change.to !== to)) {
      throw new CliError(
        EXIT.failed,
        `expected ${servers.join(', ')} to be ${to}, received ${JSON.stringify(pushes)}`,
      );
    }
    pushed.push(pushes.length);
    for (const server of servers) last.set(server, to);
    return pushes;
  };
  const since = (start: number) => (push: Push) => {
    instant.push(push.at - start);
    return `${(push.at - start).toFixed(1)} ms after the request was sent`;
  };
  const show = (pushes: readonly Push[], took: (push: Push) => string) => {
    for (const push of pushes) page.push(push, took(push));
  };

  page.step(
    'The power of compute-1 is cut: kill -9 of its agent. It sends no goodbye; silence is all there is.',
  );
  cloud.killAgent('compute-1');
  show(await expect(['db-primary', 'queue'], 'UNKNOWN'), ({ change }) => {
    const [heard = ''] = change.observed ?? [];
    return `${((Date.now() - Date.parse(heard)) / 1000).toFixed(2)} s after its last report (${DOWN_TIME_S} s are tolerated)`;
  });

  page.step('The power is back: the agent starts again.');
  cloud.startAgent('compute-1');
  show(await expect(['db-primary', 'queue'], 'UP'), ({ change }) => {
    return `${Math.max(0, Date.now() - Date.parse(change.at))} ms after its first report`;
  });

  page.step(
    'The operator fences compute-2: PUT /v2.1/os-services/{id} {"forced_down": true}, as any OpenStack client.',
  );
  const second = await serviceId(cloud, 'compute-2');
  let start = performance.now();
  await cloud.admin('PUT', `/v2.1/os-services/${second}`, { forced_down: true });
  show(await expect(['db-standby', 'worker'], 'DOWN'), since(start));
  page.line(
    '   … and its agent still reports. The host stays DOWN, and owners are warned: the fence does not hold yet.',
  );
  show(await expect(['db-standby', 'worker'], 'DOWN'), ({ change }) =>
    change.heard_while_forced_down === true
      ? 'heard while forced down'
      : 'not said to be heard while forced down',
  );

  page.step('The operator plans work on compute-3: {"status": "disabled", "disabled_reason": "new memory"}.');
  const third = await serviceId(cloud, 'compute-3');
  start = performance.now();
  await cloud.admin('PUT', `/v2.1/os-services/${third}`, {
    status: 'disabled',
    disabled_reason: 'new memory',
  });
  show(await expect(['web'], 'MAINTENANCE'), since(start));

  page.step('acme evacuates db-standby from the fenced host to compute-1.');
  const standby = owners[0]?.servers.find(({ name }) => name === 'db-standby');
  if (standby === undefined) throw new CliError(EXIT.failed, 'db-standby is not in the snapshot');
  const project_id = ((await cloud.admin('GET', `/v2.1/servers/${standby.server_id}`)) as ShownServer).server
    .tenant_id;
  start = performance.now();
  await cloud.admin('PUT', `/v1/instances/${standby.server_id}`, {
    project_id,
    name: 'db-standby',
    host: 'compute-1',
  });
  show(await expect(['db-standby'], 'UP'), since(start));

  page.step('What a poller reads over the Nova API at this moment (microversion 2.53, as owner):');
  for (const owner of owners) await compare(owner, last, page);

  const late = owners.reduce((sum, owner) => sum + owner.unasked, 0);
  if (late > 0) throw new CliError(EXIT.failed, `${late} unexpected pushes came`);
  instant.sort((a, b) => a - b);
  page.line();
  page.line(
    `${pushed.reduce((a, b) => a + b, 0)} pushes, each to its owner only, in order, each once. ` +
      `What an operator did was on the socket after ${instant[instant.length >> 1]?.toFixed(1)} ms (median), commit to disk included.`,
  );
  page.line(
    `By default Nova calls a silent host UNKNOWN after 60 s, and shows all of this only to clients that poll.`,
  );
  page.line();
  page.line('Go on:');
  page.pair(
    'server',
    'npm start                                   # http://127.0.0.1:8774, state in ./hostbeat.db',
  );
  page.pair('agent', 'npm run -s hostbeat -- agent --help         # one on each compute host');
  page.pair('watch', 'npm run -s hostbeat -- watch --help         # your servers, live, in a terminal');
  page.pair('code', "import { watch } from 'hostbeat-client'      # docs/sdk.md");
}

interface ShownServer {
  readonly server: { readonly tenant_id: string };
}

function introduce(cloud: Cloud, owners: readonly Owner[], page: DemoPage): void {
  page.pair('server', `${cloud.url}, process ${cloud.pid}, on a fresh SQLite file`);
  page.pair(
    'agents',
    `${HOSTS.map((host) => `${host} (process ${cloud.agentPid(host)})`).join(', ')}; a report every ${INTERVAL_S} s`,
  );
  for (const owner of owners) {
    const servers = Object.entries(PLACEMENT[owner.name]).map(([server, host]) => `${server} on ${host}`);
    page.pair(owner.name, `one socket; ${servers.join(', ')}`);
  }
}

async function serviceId(cloud: Cloud, host: string): Promise<string> {
  const { services } = (await cloud.admin('GET', `/v2.1/os-services?host=${host}`)) as {
    services: { id: string }[];
  };
  return services[0]?.id ?? '';
}

/** Checks that REST agrees with the last push. @throws CliError if it does not */
async function compare(owner: Owner, last: ReadonlyMap<string, HostStatus>, page: DemoPage): Promise<void> {
  const { servers } = (await owner.rest('GET', '/v2.1/servers/detail')) as {
    servers: { name: string; host_status: HostStatus }[];
  };
  const differs = servers.filter(({ name, host_status }) => last.get(name) !== host_status);
  if (differs.length > 0)
    throw new CliError(EXIT.failed, `REST differs from the last push: ${JSON.stringify(differs)}`);
  const sorted = servers.toSorted((a, b) => a.name.localeCompare(b.name));
  page.line(
    `   ${owner.name.padEnd(6)} ${sorted.map(({ name, host_status }) => `${name} ${host_status}`).join(', ')}`,
  );
}
