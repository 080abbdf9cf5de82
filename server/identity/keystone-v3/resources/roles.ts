/** `/roles`. A site may add its own roles, for its policy file, to those that Nova's rules know. */
import { Hono } from 'hono';
import { z } from 'zod';
import { bodyOf, demandAdmin, type KeystoneDeps, type KeystoneEnv, v3Url } from '../context.ts';
import { roleDocument } from '../documents.ts';
import { changed, keepsId, Name, NoOptions } from '../fields.ts';
import { lookups } from '../lookups.ts';

const fields = {
  description: z.string().nullish(),
  domain_id: z.null('roles cannot belong to a domain').optional(),
  options: NoOptions.optional(),
};
export const Create = z.object({ role: z.object({ name: Name, ...fields }) });
export const Update = z.object({ role: changed({ name: Name.optional(), ...fields }) });

export function roleRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, directory } = deps;
  const app = new Hono<KeystoneEnv>();

  lookups(app, deps, {
    one: 'role',
    many: 'roles',
    filters: ['name', 'domain_id'],
    list: () => accounts.roles(),
    find: async (id) => (await accounts.roles()).find((role) => role.id === id),
    shown: roleDocument,
  });

  app.post('/roles', async (c) => {
    demandAdmin(c.var.caller, 'identity:create_role');
    const { role: given } = await bodyOf(c.req.raw, Create);
    const role = await directory.createRole(given.name, given.description ?? null);
    return c.json({ role: roleDocument(role, v3Url(deps, c.req.raw)) }, 201);
  });

  app.patch('/roles/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:update_role');
    const id = c.req.param('id');
    const { role: given } = await bodyOf(c.req.raw, Update);
    keepsId(given, id);
    const { name, description } = given;
    const role = await directory.updateRole(id, {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
    });
    return c.json({ role: roleDocument(role, v3Url(deps, c.req.raw)) });
  });

  app.delete('/roles/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:delete_role');
    await directory.removeRole(c.req.param('id'));
    return c.body(null, 204);
  });
  return app;
}
