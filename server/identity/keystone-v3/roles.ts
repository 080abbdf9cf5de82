/** `/roles`. Beyond those that Nova's rules know, a site may have its own for its policy file. */
import { Hono } from 'hono';
import { z } from 'zod';
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
import { roleDocument } from './documents.ts';
import { filtered } from './filters.ts';

const Create = z.object({ role: z.object({ name: Name }) });

export function roleRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, directory } = deps;
  const app = new Hono<KeystoneEnv>();

  app.get('/roles', async (c) => {
    demandAdmin(c.var.caller, 'identity:list_roles');
    const v3 = v3Url(deps, c.req.raw);
    const query = new URL(c.req.url).searchParams;
    const roles = query.has('domain_id') ? [] : filtered(await accounts.roles(), query);
    const documents = roles.map((role) => roleDocument(role, v3));
    return c.json(collection('roles', documents, `${v3}/roles`));
  });

  app.post('/roles', async (c) => {
    demandAdmin(c.var.caller, 'identity:create_role');
    const { role: given } = await bodyOf(c.req.raw, Create);
    const role = await directory.createRole(given.name);
    return c.json({ role: roleDocument(role, v3Url(deps, c.req.raw)) }, 201);
  });

  app.get('/roles/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:get_role');
    const id = c.req.param('id');
    const role = (await accounts.roles()).find((one) => one.id === id);
    return c.json({ role: roleDocument(known(role, 'role', id), v3Url(deps, c.req.raw)) });
  });

  app.delete('/roles/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:delete_role');
    await directory.removeRole(c.req.param('id'));
    return c.body(null, 204);
  });
  return app;
}
