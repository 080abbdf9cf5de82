import { randomBytes, randomUUID } from 'node:crypto';

/** The demo's cloud: two owners whose servers share three hosts. */
export const HOSTS = ['compute-1', 'compute-2', 'compute-3'] as const;
export const OWNERS = ['acme', 'globex'] as const;
export type OwnerName = (typeof OWNERS)[number];

export const PLACEMENT: Record<OwnerName, Record<string, (typeof HOSTS)[number]>> = {
  acme: { 'db-primary': 'compute-1', 'db-standby': 'compute-2', web: 'compute-3' },
  globex: { queue: 'compute-1', worker: 'compute-2' },
};

/** A silence of two seconds is reported; an agent reports twice a second. */
export const DOWN_TIME_S = 2;
export const INTERVAL_S = 0.5;

/** The password of all demo users, new for each run: every user of this machine can reach the demo's port. */
export const password = randomBytes(12).toString('base64url');

/** The seed document: owners and servers. The agents' first reports add the services. */
export function seedDocument() {
  const projects = OWNERS.map((name) => ({ id: randomUUID().replaceAll('-', ''), name }));
  const users = OWNERS.map((name) => ({ name, password, roles: [{ project: name, role: 'member' }] }));
  const instances = projects.flatMap(({ id, name }) =>
    Object.entries(PLACEMENT[name]).map(([server, host]) => ({
      id: randomUUID(),
      name: server,
      project_id: id,
      host,
    })),
  );
  return { projects, users, instances };
}
