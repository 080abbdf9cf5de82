import { type Context, Hono } from 'hono';
import { declareInstance, documentOf } from '../../documents/instance.ts';
import { InstanceDocument } from '../../documents/schemas.ts';
import { checked } from '../../documents/validate.ts';
import { auditOfInstance, type By } from '../../domain/audit.ts';
import { DomainError } from '../../domain/errors.ts';
import { type Instance, isPresent } from '../../domain/instances/instance.ts';
import { onInstance } from '../../domain/instances/placement.ts';
import type { Env } from '../../identity/middleware.ts';
import { ALL_INSTANCES_RULE, REGISTER_RULE } from '../../identity/policy/served.ts';
import { readJson } from '../request/body.ts';
import { may, type Permissions, permitted } from '../request/permission.ts';
import { bulkInstances } from './bulk-instances.ts';
import { byOf, type InstancesContext } from './context.ts';

const MAX_BODY = 256 * 1024;

/** `/instances`: how a deployment without Nova declares its servers. */
export function createInstances(context: InstancesContext): Hono<Env> {
  const { store, rules, policy } = context;
  const app = new Hono<Env>();
  app.use('/instances/*', permitted(policy, REGISTER_RULE, ALL_INSTANCES_RULE));

  app.post('/instances', (c) => bulkInstances(c, context));

  app.get('/instances/:id', async (c) => {
    const instance = await store.instance(idOf(c));
    if (!isPresent(instance) || !isWithinReach(instance, c, policy)) throw notFound(idOf(c));
    return c.json(documentOf(instance));
  });

  app.put('/instances/:id', async (c) => {
    const id = idOf(c);
    const body = await readJson(c.req.raw, MAX_BODY);
    const doc = checked(InstanceDocument, withId(body, id));
    if (doc.id !== id) {
      throw new DomainError('invalid', `id: is ${doc.id} in the body and ${id} in the path`, { field: 'id' });
    }
    const { userId } = c.var.identity;
    const by = byOf(c, context);
    const onlyOwn = !mayAll(c, policy);
    const decide = declareInstance(doc, { at: by.at, actor: userId, userId, onlyOwn, rules });
    let isNew = false;
    const instance = await store.updateInstance(id, (current, computeOf) => {
      isNew = !isPresent(current);
      const decision = decide(current, computeOf);
      return { ...decision, ...auditedInstance(current, decision.instance, by) };
    });
    return c.json(documentOf(instance as Instance), isNew ? 201 : 200);
  });

  app.delete('/instances/:id', async (c) => {
    const id = idOf(c);
    const by = byOf(c, context);
    const { at } = by;
    const circumstance = { cause: 'placement', at, actor: by.actor } as const;
    await store.updateInstance(id, (current, computeOf) => {
      if (!isPresent(current) || !isWithinReach(current, c, policy)) throw notFound(id);
      const gone = {
        ...current,
        vmState: 'deleted',
        taskState: null,
        updatedAt: at,
        terminatedAt: at,
        deletedAt: at,
      };
      const decision = onInstance(current, gone, computeOf, circumstance, rules);
      return { ...decision, ...auditedInstance(current, undefined, by) };
    });
    return c.body(null, 204);
  });

  return app;
}

/** May the caller act on servers that other accounts have registered? */
function mayAll(c: Context<Env>, policy: Permissions): boolean {
  return may(c.var.identity, policy, [ALL_INSTANCES_RULE]);
}

/** A server that another account registered gets the same answer as one that does not exist. */
function isWithinReach(instance: Instance, c: Context<Env>, policy: Permissions): boolean {
  return instance.details.registeredBy === c.var.identity.userId || mayAll(c, policy);
}

function auditedInstance(before: Instance | undefined, after: Instance | undefined, by: By) {
  const audit = auditOfInstance(before, after, by);
  return audit === undefined ? {} : { audit };
}

function idOf(c: Context<Env, '/instances/:id'>): string {
  return c.req.param('id').toLowerCase();
}

function withId(body: unknown, id: string): unknown {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isObject ? { id, ...body } : body;
}

function notFound(id: string): DomainError {
  return new DomainError('not_found', `There is no instance ${id}`);
}
