/** Do the projects and hosts of a seed or an import exist? A name that is misspelt would be a server nobody sees. */

import type { HttpClient } from '../connection/http-client.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';

export interface Places {
  /** Ids; undefined where projects are kept elsewhere and cannot be listed. */
  readonly projects: ReadonlySet<string> | undefined;
  readonly hosts: ReadonlySet<string>;
}

export interface Placed {
  readonly project_id?: unknown;
  readonly host?: unknown;
}

export interface Missing {
  readonly projects: readonly string[];
  readonly hosts: readonly string[];
}

/** Which of the projects and hosts that the servers name are not there. */
export function missingOf(servers: Iterable<Placed>, { projects, hosts }: Places): Missing {
  const missing = { projects: new Set<string>(), hosts: new Set<string>() };
  for (const { project_id, host } of servers) {
    if (typeof project_id === 'string' && projects?.has(project_id) === false)
      missing.projects.add(project_id);
    if (typeof host === 'string' && host !== '' && !hosts.has(host)) missing.hosts.add(host);
  }
  return { projects: [...missing.projects], hosts: [...missing.hosts] };
}

/** @throws CliError `data` naming them, with the nearest name there is */
export function refuseMissing({ projects, hosts }: Missing, there: Places): void {
  const problems = [
    ...some(projects).map((id) => `there is no project ${id}${nearestHost(id, there.projects ?? [])}`),
    ...some(hosts).map((host) => `no service is known on host ${host}${nearestHost(host, there.hosts)}`),
  ];
  if (problems.length === 0) return;
  const all = projects.length + hosts.length;
  const more = all > problems.length ? [`and ${all - problems.length} more`] : [];
  throw new CliError(
    EXIT.data,
    [...problems, ...more, 'Nothing was changed. Correct them, or add --create-missing to make them.'].join(
      '\n',
    ),
  );
}

/** As a seed document that makes them: the hosts as services that were never heard. */
export function documentOf({ projects, hosts }: Missing): object {
  return {
    projects: projects.map((id) => ({ id, name: id })),
    services: hosts.map((host) => ({ host, live: false })),
  };
}

/** What a server knows. Every page of the hosts is asked for. */
export async function placesOf(http: HttpClient): Promise<Places> {
  const listed = await http.get<{ projects?: readonly { readonly id: string }[] }>('/identity/v3/projects', {
    accept: [403, 404, 501],
  });
  const { body } = await http.get<{ services: readonly { readonly host: string }[] }>('/v2.1/os-services', {
    microversion: '2.53',
  });
  return {
    projects:
      listed.status === 200 && listed.body?.projects !== undefined
        ? new Set(listed.body.projects.map(({ id }) => id))
        : undefined,
    hosts: new Set(body.services.map(({ host }) => host)),
  };
}

const MOST_NAMED = 10;

function some(names: readonly string[]): readonly string[] {
  return names.slice(0, MOST_NAMED);
}

function nearestHost(name: string, there: Iterable<string>): string {
  const lower = name.toLowerCase();
  for (const other of there)
    if (other.toLowerCase() === lower || other.split('.')[0]?.toLowerCase() === lower.split('.')[0])
      return ` (did you mean ${other}?)`;
  return '';
}
