/** The seed document: a whole small cloud, its owners and its users, in one JSON file. */
import { z } from 'zod';
import { FlavorDocument, InstanceDocument, Name, ServiceDocument } from '../documents/schemas.ts';
import { DomainError } from '../domain/errors.ts';
import type { Steps } from '../limits/time-slices.ts';

const ProjectDocument = z.strictObject({
  id: Name.optional().describe('Id; drawn without it.'),
  name: Name.describe('Name.'),
});

const UserDocument = z.strictObject({
  id: Name.optional().describe('Id; drawn without it.'),
  name: Name.describe('Name by which the user logs in.'),
  password: z
    .string()
    .min(1, 'must not be empty')
    .max(512)
    .describe('Password; loading the document again sets it again.'),
  roles: z
    .array(
      z.strictObject({
        project: Name.describe('Id or name of a project of this document.'),
        role: Name.describe('Name of the role.'),
      }),
    )
    .default([])
    .describe(
      'Roles: a project by its name or id, and the name of a role such as `member`, `reader`, `admin`, `service`.',
    ),
});

export const SeedDocument = z.strictObject({
  note: z.string().optional().describe('For the readers of the file; it is not loaded.'),
  projects: z.array(ProjectDocument).default([]).describe('Owners of servers.'),
  users: z.array(UserDocument).default([]).describe('Who logs in.'),
  flavors: z
    .array(FlavorDocument)
    .default([])
    .describe('Flavors for every owner to see; servers carry theirs all the same.'),
  services: z.array(ServiceDocument).default([]).describe('Hosts, by the services that report for them.'),
  instances: z
    .array(InstanceDocument)
    .default([])
    .describe('Servers (VMs): whose they are and where they stand.'),
});
export type SeedDocument = z.output<typeof SeedDocument>;

/** What a document lists, and the shape of each. */
export const LISTS = {
  projects: ProjectDocument,
  users: UserDocument,
  flavors: FlavorDocument,
  services: ServiceDocument,
  instances: InstanceDocument,
} as const;
export type ListName = keyof typeof LISTS;

/** Rows looked at in one step. */
const AT_ONCE = 1_000;

/** Holds the parts of a document against each other, in steps. @throws DomainError `invalid` naming the place and the fix */
export function* consistency(doc: SeedDocument): Steps<void> {
  yield* once(doc.projects, 'projects', ({ name }) => name);
  yield* once(doc.users, 'users', ({ name }) => name);
  yield* once(doc.flavors, 'flavors', ({ id }) => id);
  yield* once(doc.services, 'services', ({ host, binary }) => `${host} ${binary}`);
  yield* once(doc.services, 'services', ({ uuid }) => uuid);
  yield* once(doc.services, 'services', ({ id }) => id);
  yield* once(doc.instances, 'instances', ({ id }) => id);
  const projects = new Set(doc.projects.flatMap(({ id, name }) => [id, name]));
  for (const [u, user] of doc.users.entries()) {
    for (const [r, { project }] of user.roles.entries()) {
      if (projects.has(project)) continue;
      const field = `users[${u}].roles[${r}].project`;
      throw new DomainError('invalid', `${field}: there is no project "${project}"; add it to "projects"`, {
        field,
      });
    }
  }
}

function* once<T>(list: readonly T[], name: string, keyOf: (item: T) => unknown): Steps<void> {
  const seen = new Map<unknown, number>();
  for (const [index, item] of list.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) yield undefined;
    const key = keyOf(item);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first !== undefined) {
      const field = `${name}[${index}]`;
      throw new DomainError('invalid', `${field}: "${key}" is declared twice, first in ${name}[${first}]`, {
        field,
      });
    }
    seen.set(key, index);
  }
}

/** Removes lines that begin with `//`: comments, which JSON does not have. */
export function withoutComments(text: string): string {
  return text.replace(/^[ \t]*\/\/.*$/gm, '');
}
