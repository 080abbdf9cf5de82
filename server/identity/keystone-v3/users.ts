/** `/users`. */
import { Hono } from 'hono';
import { z } from 'zod';
import { DEFAULT_DOMAIN } from '../accounts.ts';
import { known, type UserChanges } from '../directory.ts';
import {
  bodyOf,
  collection,
  demandAdmin,
  type KeystoneDeps,
  type KeystoneEnv,
  Name,
  v3Url,
} from './context.ts';
import { projectDocument, projectsOf, userDocument } from './documents.ts';
import { filtered } from './filters.ts';

const fields = {
  password: z.string().nullish(),
  description: z.string().nullish(),
  email: z.string().nullish(),
  enabled: z.boolean().optional(),
  default_project_id: z.string().nullish(),
};
export const Create = z.object({
  user: z.object({ name: Name, ...fields, domain_id: z.literal(DEFAULT_DOMAIN.id).optional() }),
});
export const Update = z.object({ user: z.object({ name: Name.optional(), ...fields }) });
export const NewPassword = z.object({
  user: z.object({ original_password: z.string(), password: z.string() }),
});

export function userRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, directory, proofs } = deps;
  const app = new Hono<KeystoneEnv>();

  app.get('/users', async (c) => {
    demandAdmin(c.var.caller, 'identity:list_users');
    const v3 = v3Url(deps, c.req.raw);
    const found = filtered(await accounts.users(), new URL(c.req.url).searchParams);
    return c.json(
      collection(
        'users',
        found.map((user) => userDocument(user, v3)),
        `${v3}/users`,
      ),
    );
  });

  app.post('/users', async (c) => {
    demandAdmin(c.var.caller, 'identity:create_user');
    const { user: given } = await bodyOf(c.req.raw, Create);
    const user = await directory.createUser({
      name: given.name,
      password: given.password ?? undefined,
      description: given.description ?? null,
      email: given.email ?? null,
      enabled: given.enabled ?? true,
      defaultProjectId: given.default_project_id ?? null,
    });
    return c.json({ user: userDocument(user, v3Url(deps, c.req.raw)) }, 201);
  });

  app.get('/users/:id', async (c) => {
    const id = c.req.param('id');
    demandAdmin(c.var.caller, 'identity:get_user', c.var.caller.user.id === id);
    const user = known(await accounts.user(id), 'user', id);
    return c.json({ user: userDocument(user, v3Url(deps, c.req.raw)) });
  });

  app.patch('/users/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:update_user');
    const { user: given } = await bodyOf(c.req.raw, Update);
    const user = await directory.updateUser(c.req.param('id'), changesOf(given));
    return c.json({ user: userDocument(user, v3Url(deps, c.req.raw)) });
  });

  app.delete('/users/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:delete_user');
    await directory.removeUser(c.req.param('id'));
    return c.body(null, 204);
  });

  app.get('/users/:id/projects', async (c) => {
    const id = c.req.param('id');
    demandAdmin(c.var.caller, 'identity:list_user_projects', c.var.caller.user.id === id);
    const v3 = v3Url(deps, c.req.raw);
    const found = filtered(await projectsOf(accounts, id), new URL(c.req.url).searchParams);
    const documents = found.map((project) => projectDocument(project, v3));
    return c.json(collection('projects', documents, `${v3}/users/${id}/projects`));
  });

  /** One's own, with the old one: a stolen token is not enough. */
  app.post('/users/:id/password', async (c) => {
    const id = c.req.param('id');
    const { user } = await bodyOf(c.req.raw, NewPassword);
    await proofs.password({ id }, user.original_password, deps.clientAddress?.(c.req.raw));
    await directory.updateUser(id, { password: user.password });
    return c.body(null, 204);
  });
  return app;
}

function changesOf(given: z.infer<typeof Update>['user']): UserChanges {
  const { name, enabled, password, description, email, default_project_id: defaultProjectId } = given;
  return {
    ...(name === undefined ? {} : { name }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(password == null ? {} : { password }),
    ...(description === undefined ? {} : { description }),
    ...(email === undefined ? {} : { email }),
    ...(defaultProjectId === undefined ? {} : { defaultProjectId }),
  };
}
