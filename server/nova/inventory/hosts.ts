/** `/os-hosts`, read only. */
import { DomainError } from '../../domain/errors.ts';
import type { Flavor, Instance } from '../../domain/instances/instance.ts';
import type { Service } from '../../domain/service.ts';
import { inSlices } from '../../limits/time-slices.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';

/** Enabled services, under their names without `nova-`. */
export async function listHosts(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-hosts:list');
  const zone = call.query.getAll('zone').at(-1);
  const services = (await nova.store.services()).filter(
    (service) => !service.disabled && (!zone || service.zone === zone),
  );
  const line = ({ host, binary, zone: of }: Service) =>
    JSON.stringify({ host_name: host, service: binary.replace(/^nova-/, ''), zone: of });
  return { status: 200, text: `{"hosts":[${await inSlices(services, line, call)}]}` };
}

/** What the servers on a host use, together and by project. The host's own capacity is unknown, and shown as 0. */
export async function showHost(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-hosts:show');
  const host = call.param('id');
  if (!(await nova.store.computeFacts([host])).has(host)) {
    throw new DomainError('not_found', 'Compute host could not be found.');
  }
  const taken = new Map<string, Flavor[]>();
  for await (const { projectId, details } of instancesOn(host, nova)) {
    const flavors = taken.get(projectId);
    if (flavors === undefined) taken.set(projectId, [details.flavor]);
    else flavors.push(details.flavor);
  }
  const all = [...taken.values()].flat();
  const resources = [
    resource(host, '(total)', []),
    resource(host, '(used_now)', all),
    resource(host, '(used_max)', all),
    ...[...taken].map(([project, flavors]) => resource(host, project, flavors)),
  ];
  return { status: 200, body: { host: resources } };
}

function resource(host: string, project: string, flavors: readonly Flavor[]) {
  const sum = (amount: (flavor: Flavor) => number) =>
    flavors.reduce((total, flavor) => total + amount(flavor), 0);
  return {
    resource: {
      host,
      project,
      cpu: sum(({ vcpus }) => vcpus),
      memory_mb: sum(({ ram }) => ram),
      disk_gb: sum(({ disk, ephemeral }) => disk + ephemeral),
    },
  };
}

const PAGE = 500;

async function* instancesOn(host: string, nova: Nova): AsyncGenerator<Instance> {
  let marker: string | undefined;
  for (;;) {
    const { instances } = await nova.store.instances({
      filter: { host, deleted: false },
      sort: [],
      limit: PAGE,
      ...(marker === undefined ? {} : { marker }),
    });
    yield* instances;
    if (instances.length < PAGE) return;
    marker = instances.at(-1)?.id;
  }
}
