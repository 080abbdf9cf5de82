/** The cloud that three nodes watch: 300 hosts with a server each, 12 projects, and hosts that will die. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import type { Session } from '../../support/http.ts';

export const GATEWAYS = 30;
export const HOSTS_EACH = 10;
export const PROJECTS = 12;
const MORTALS = 12;

export const HOSTS = Array.from({ length: GATEWAYS * HOSTS_EACH }, (_, n) => `c${n}`);
/** They report until a test lets them die, and each has one server, of the first project. */
export const MORTAL_HOSTS = Array.from({ length: MORTALS }, (_, n) => `mortal${n}`);

export const projectOf = (n: number) => `p${n % PROJECTS}`;

export interface Cloud {
  /** Project of each server. */
  readonly projects: ReadonlyMap<string, string>;
  /** Server on each host. */
  readonly servers: ReadonlyMap<string, string>;
}

export const OWNER = 'owner';

/** Loads it. One user owns everything, one project at a time. */
export async function loaded(admin: Session): Promise<Cloud> {
  const of = (host: string, project: string) => ({
    id: randomUUID(),
    name: `on-${host}`,
    project_id: project,
    host,
  });
  const instances = [
    ...HOSTS.map((host, n) => of(host, projectOf(n))),
    ...MORTAL_HOSTS.map((host) => of(host, projectOf(0))),
  ];
  const names = Array.from({ length: PROJECTS }, (_, n) => projectOf(n));
  const { status, json } = await admin.request('POST', '/v1/seed', {
    projects: names.map((name) => ({ id: name, name })),
    users: [
      {
        id: OWNER,
        name: OWNER,
        password: 'pw',
        roles: names.map((project) => ({ project, role: 'member' })),
      },
    ],
    services: [...HOSTS, ...MORTAL_HOSTS].map((host) => ({ host, binary: 'nova-compute' })),
    instances,
  });
  assert.is(status, 200, JSON.stringify(json));
  return {
    projects: new Map(instances.map(({ id, project_id }) => [id, project_id])),
    servers: new Map(instances.map(({ id, host }) => [host, id])),
  };
}
