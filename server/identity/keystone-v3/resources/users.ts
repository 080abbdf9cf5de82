/** `/users`. */
import { Hono } from 'hono';
import { z } from 'zod';
import { DEFAULT_DOMAIN } from '../../../ports/accounts.ts';
import { SecretText } from '../../credential-limits.ts';
import { known, type UserChanges } from '../../embedded/directory.ts';
import {
  bodyOf,
  callerOf,
  demandAdmin,
  demandAuditor,
  type KeystoneDeps,
  type KeystoneEnv,
  readsOn,
  v3Url,
} from '../context.ts';
import { projectDocument, projectsOf, userDocument } from '../documents.ts';
import { changed, Id, keepsId, Name, NoOptions } from '../fields.ts';
import { listed, lookups } from '../lookups.ts';

const fields = {
  password: SecretText.nullish(),
  description: z.string().nullish(),
  email: z.string().nullish(),
  enabled: z.boolean().optional(),
  default_project_id: Id.nullish(),
  options: NoOptions.optional(),
};
export const Create = z.object({
  user: z.object({ name: Name, ...fields, domain_id: Id.optional() }),
});
export const Update = z.object({ user: changed({ name: Name.optional(), ...fields }) });
export const NewPassword = z.object({
  user: z.strictObject({ original_password: SecretText, password: SecretText }),
});

export function userRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, directory } = deps;
  const app = new Hono<KeystoneEnv>();

  lookups(app, deps, {
    one: 'user',
    many: 'users',
    filters: ['domain_id', 'enabled', 'name'],
    list: () => accounts.users(),
    find: (id) => accounts.user(id),
    shown: userDocument,
    mayLook: (caller, id) => readsOn(caller, 'domain') || caller.user.id === id,
  });

  app.post('/users', async (c) => {
    demandAdmin(c.var.caller, 'identity:create_user');
    const { user: given } = await bodyOf(c.req.raw, Create);
    const { domain_id = DEFAULT_DOMAIN.id } = given;
    known(domain_id === DEFAULT_DOMAIN.id || undefined, 'domain', domain_id);
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

  app.patch('/users/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:update_user');
    const id = c.req.param('id');
    const { user: given } = await bodyOf(c.req.raw, Update);
    keepsId(given, id);
    const user = await directory.updateUser(id, changesOf(given));
    return c.json({ user: userDocument(user, v3Url(deps, c.req.raw)) });
  });

  app.delete('/users/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:delete_user');
    await directory.removeUser(c.req.param('id'));
    return c.body(null, 204);
  });

  app.get('/users/:id/projects', async (c) => {
    const id = c.req.param('id');
    demandAuditor(
      c.var.caller,
      'identity:list_user_projects',
      readsOn(c.var.caller, 'domain') || c.var.caller.user.id === id,
    );
    const v3 = v3Url(deps, c.req.raw);
    const documents = (await projectsOf(accounts, id)).map((project) => projectDocument(project, v3));
    return c.json(listed(c, deps, 'projects', documents, ['domain_id', 'enabled', 'name']));
  });
  return app;
}

/**
 * Changes one's own password, given the old one: a stolen token is not enough, and a token is not needed (Keystone).
 */
export function ownPasswordRoutes(deps: KeystoneDeps): Hono {
  return new Hono().post('/users/:id/password', async (c) => {
    const id = c.req.param('id');
    const { user } = await bodyOf(c.req.raw, NewPassword);
    await deps.verifier.password({ id }, user.original_password, callerOf(deps, c.req.raw));
    await deps.directory.updateUser(id, { password: user.password });
    const changes = { password: ['(secret)', '(secret)'] } as const;
    const done = { action: 'user.update', subject: `user:${id}`, changes, share: `account:${id}` };
    await deps.record(c.req.raw, id, done);
    return c.body(null, 204);
  });
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
