/** The seed document: a whole small cloud, its owners and its users, in one JSON file. */
import { z } from 'zod';
import { FlavorDocument, InstanceDocument, Name, ServiceDocument } from '../documents/schemas.ts';
import { checked } from '../documents/validate.ts';
import { DomainError } from '../domain/errors.ts';
import { refuseNul } from '../domain/nul.ts';
import { parseJson } from '../parse-json.ts';

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

/**
 * @param text JSON
 * @throws DomainError `invalid` naming the place and the fix; a document with an error is never loaded in part
 */
export function parseSeed(text: string): SeedDocument {
  const doc = checked(SeedDocument, parsed(text));
  once(doc.projects, 'projects', ({ name }) => name);
  once(doc.users, 'users', ({ name }) => name);
  once(doc.flavors, 'flavors', ({ id }) => id);
  once(doc.services, 'services', ({ host, binary }) => `${host} ${binary}`);
  once(doc.services, 'services', ({ uuid }) => uuid);
  once(doc.services, 'services', ({ id }) => id);
  once(doc.instances, 'instances', ({ id }) => id);
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
  return doc;
}

function parsed(text: string): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw new DomainError('invalid', `The document is not JSON: ${(cause as Error).message}`, { cause });
  }
  refuseNul(text, value);
  return value;
}

function once<T>(list: readonly T[], name: string, keyOf: (item: T) => unknown): void {
  const seen = new Map<unknown, number>();
  for (const [index, item] of list.entries()) {
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
