/** `/projects`. */
import { Hono } from 'hono';
import { z } from 'zod';
import { DomainError } from '../../../domain/errors.ts';
import { DEFAULT_DOMAIN } from '../../../ports/accounts.ts';
import { bodyOf, demandAdmin, type KeystoneDeps, type KeystoneEnv, readsOn, v3Url } from '../context.ts';
import { projectDocument } from '../documents.ts';
import { changed, Id, keepsId, Name, NoOptions } from '../fields.ts';
import { lookups } from '../lookups.ts';

const fields = {
  description: z.string().nullish(),
  enabled: z.boolean().optional(),
  options: NoOptions.optional(),
  tags: z.array(z.unknown()).max(0, 'tags are not supported').optional(),
  is_domain: z.literal(false, 'there is only one domain; another cannot be created').optional(),
};
const ProjectName = Name.max(64);
export const Create = z.object({
  project: z.object({
    name: ProjectName,
    ...fields,
    domain_id: Id.nullish(),
    parent_id: Id.nullish(),
  }),
});
export const Update = z.object({ project: changed({ name: ProjectName.optional(), ...fields }) });

/** All projects are direct children of the one domain. @throws DomainError `invalid` */
function family(query: URLSearchParams) {
  // Any value asks for the feature, except this one.
  const asks = (name: string) => query.has(name) && query.get(name) !== '0';
  for (const kin of ['parents', 'subtree']) {
    if (asks(`${kin}_as_list`) && asks(`${kin}_as_ids`))
      throw new DomainError('invalid', `${kin}_as_list and ${kin}_as_ids cannot be used together`);
  }
  return {
    ...(asks('parents_as_list') ? { parents: [] } : {}),
    ...(asks('parents_as_ids') ? { parents: { [DEFAULT_DOMAIN.id]: null } } : {}),
    ...(asks('subtree_as_list') ? { subtree: [] } : {}),
    ...(asks('subtree_as_ids') ? { subtree: null } : {}),
  };
}

export function projectRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, directory } = deps;
  const app = new Hono<KeystoneEnv>();

  lookups(app, deps, {
    one: 'project',
    many: 'projects',
    // Projects have no tags, so no project matches a tag filter.
    filters: ['domain_id', 'enabled', 'name', 'parent_id', 'is_domain', 'tags', 'tags-any'],
    list: () => accounts.projects(),
    find: (id) => accounts.project(id),
    shown: projectDocument,
    besides: family,
    mayLook: (caller, id) => readsOn(caller, 'domain') || (id !== undefined && caller.project?.id === id),
  });

  app.post('/projects', async (c) => {
    demandAdmin(c.var.caller, 'identity:create_project');
    const { project: given } = await bodyOf(c.req.raw, Create);
    for (const place of [given.domain_id, given.parent_id]) {
      if (place != null && place !== DEFAULT_DOMAIN.id)
        throw new DomainError(
          'invalid',
          `Could not find domain: ${place}. There is one, ${DEFAULT_DOMAIN.id}.`,
        );
    }
    const project = await directory.createProject({
      name: given.name,
      description: given.description ?? '',
      enabled: given.enabled ?? true,
    });
    return c.json({ project: projectDocument(project, v3Url(deps, c.req.raw)) }, 201);
  });

  app.patch('/projects/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:update_project');
    const id = c.req.param('id');
    const { project: given } = await bodyOf(c.req.raw, Update);
    keepsId(given, id);
    const { name, description, enabled } = given;
    const project = await directory.updateProject(id, {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description: description ?? '' }),
      ...(enabled === undefined ? {} : { enabled }),
    });
    return c.json({ project: projectDocument(project, v3Url(deps, c.req.raw)) });
  });

  app.delete('/projects/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:delete_project');
    if (c.req.param('id') === c.var.caller.project?.id) {
      throw new DomainError(
        'conflict',
        'The project of the token in use cannot be deleted; use another token.',
      );
    }
    await directory.removeProject(c.req.param('id'));
    return c.body(null, 204);
  });
  return app;
}
