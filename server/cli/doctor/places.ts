/** Finds names that do not fit together: servers of missing projects or hosts, and two names for one host. */
import { plainName } from '../../domain/names.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { type NovaServer, serverPages } from '../instances/pages.ts';
import { servicesOr } from './cloud.ts';
import { type DoctorCheck, note, ok, some, wrong } from './finding.ts';

/** Servers checked at most. On a larger site the finding says that it is partial. */
const MOST = 100_000;

export const places: DoctorCheck = {
  name: 'places',
  needs: ['login'],
  async run({ http }) {
    const services = await servicesOr(http);
    if ('verdict' in services) return services;
    const known = {
      hosts: new Set(services.map(({ host }) => host)),
      projects: await projectsOf(http),
    };
    const lost = { projects: [] as string[], hosts: [] as string[] };
    let looked = 0;
    for await (const page of serverPages(http, { everywhere: true })) {
      for (const server of page) {
        const host = server['OS-EXT-SRV-ATTR:host'] ?? '';
        if (host !== '' && !known.hosts.has(host)) lost.hosts.push(`${called(server)} on ${host}`);
        const project = server.tenant_id ?? '';
        if (known.projects?.has(project) === false) lost.projects.push(`${called(server)} of ${project}`);
      }
      looked += page.length;
      if (looked >= MOST) break;
    }
    const problems = [
      lost.hosts.length === 0
        ? ''
        : `${lost.hosts.length} are on a host that no service reports for (${some(lost.hosts)}): start an agent there under this very name, or move them by "hostbeat instances move"`,
      lost.projects.length === 0
        ? ''
        : `${lost.projects.length} belong to a project that does not exist (${some(lost.projects)}), so no owner sees them: add it by "hostbeat project add", or register them again`,
    ].filter((words) => words !== '');
    if (problems.length > 0) return wrong(problems.join('; '));
    const of = known.projects === undefined ? 'a host that is known' : 'a project and a host that are known';
    return ok(
      looked >= MOST ? `the first ${looked} servers have ${of}` : `${looked} servers, each with ${of}`,
    );
  },
};

export const names: DoctorCheck = {
  name: 'names',
  needs: ['login'],
  async run({ http }) {
    const services = await servicesOr(http);
    if ('verdict' in services) return services;
    const byPlain = Map.groupBy(new Set(services.map(({ host }) => host)), plainName);
    const twins = [...byPlain.values()].filter((hosts) => hosts.length > 1);
    if (twins.length === 0) return ok('no two hosts differ only by case or by their domain part');
    return note(
      `the same machine under two names? ${some(twins.map((hosts) => hosts.join(' and ')))}: a name counts exactly as it is reported; give the agent the name that the servers have, by --host`,
    );
  },
};

function called({ id, name }: NovaServer): string {
  return name ?? id;
}

/** Undefined with an external identity service, or if this user may not list projects. */
async function projectsOf(http: HttpClient): Promise<ReadonlySet<string> | undefined> {
  const { status, body } = await http.get<{ projects?: readonly { readonly id: string }[] } | undefined>(
    '/identity/v3/projects',
    { accept: [401, 403, 404, 501] },
  );
  if (status !== 200 || body?.projects === undefined) return undefined;
  return new Set(body.projects.map(({ id }) => id));
}
