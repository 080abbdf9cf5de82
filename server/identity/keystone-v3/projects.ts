/** `/projects` and `/domains`. */
import { Hono } from 'hono';
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { DEFAULT_DOMAIN } from '../accounts.ts';
import { known } from '../directory.ts';
import {
  bodyOf,
  collection,
  demandAdmin,
  type KeystoneDeps,
  type KeystoneEnv,
  Name,
  v3Url,
} from './context.ts';
import { domainDocument, projectDocument } from './documents.ts';
import { filtered } from './filters.ts';

const fields = { description: z.string().nullish(), enabled: z.boolean().optional() };
export const Create = z.object({
  project: z.object({
    name: Name,
    ...fields,
    domain_id: z.literal(DEFAULT_DOMAIN.id).optional(),
    parent_id: z.literal(DEFAULT_DOMAIN.id).nullish(),
    is_domain: z.literal(false).optional(),
  }),
});
export const Update = z.object({ project: z.object({ name: Name.optional(), ...fields }) });

export function projectRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, directory } = deps;
  const app = new Hono<KeystoneEnv>();

  app.get('/projects', async (c) => {
    demandAdmin(c.var.caller, 'identity:list_projects');
    const v3 = v3Url(deps, c.req.raw);
    const found = filtered(await accounts.projects(), new URL(c.req.url).searchParams);
    return c.json(
      collection(
        'projects',
        found.map((project) => projectDocument(project, v3)),
        `${v3}/projects`,
      ),
    );
  });

  app.post('/projects', async (c) => {
    demandAdmin(c.var.caller, 'identity:create_project');
    const { project: given } = await bodyOf(c.req.raw, Create);
    const project = await directory.createProject({
      name: given.name,
      description: given.description ?? '',
      enabled: given.enabled ?? true,
    });
    return c.json({ project: projectDocument(project, v3Url(deps, c.req.raw)) }, 201);
  });

  app.get('/projects/:id', async (c) => {
    const id = c.req.param('id');
    demandAdmin(c.var.caller, 'identity:get_project', c.var.caller.project?.id === id);
    const project = known(await accounts.project(id), 'project', id);
    return c.json({ project: projectDocument(project, v3Url(deps, c.req.raw)) });
  });

  app.patch('/projects/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:update_project');
    const { name, description, enabled } = (await bodyOf(c.req.raw, Update)).project;
    const project = await directory.updateProject(c.req.param('id'), {
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

  app.get('/domains', (c) => {
    demandAdmin(c.var.caller, 'identity:list_domains');
    const v3 = v3Url(deps, c.req.raw);
    const query = new URL(c.req.url).searchParams;
    return c.json(collection('domains', filtered([domainDocument(v3)], query), `${v3}/domains`));
  });

  app.get('/domains/:id', (c) => {
    const id = c.req.param('id');
    const domain = id === DEFAULT_DOMAIN.id ? domainDocument(v3Url(deps, c.req.raw)) : undefined;
    return c.json({ domain: known(domain, 'domain', id) });
  });
  return app;
}
