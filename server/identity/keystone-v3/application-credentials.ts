/** `/users/{id}/application_credentials`: a program's own secret, made by the user it stands for. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Instant } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ApplicationCredential, Role } from '../accounts.ts';
import { known } from '../directory.ts';
import type { ResolvedToken } from '../tokens.ts';
import {
  bodyOf,
  collection,
  demandAdmin,
  type KeystoneDeps,
  type KeystoneEnv,
  Name,
  v3Url,
} from './context.ts';
import { credentialDocument } from './documents.ts';
import { notAllowed } from './faults.ts';

const PATH = '/users/:user/application_credentials';

export const Create = z.object({
  application_credential: z.object({
    name: Name,
    description: z.string().nullish(),
    secret: z.string().min(1).nullish(),
    expires_at: z.string().nullish(),
    roles: z.array(z.object({ id: z.string().optional(), name: z.string().optional() })).optional(),
    unrestricted: z.boolean().nullish(),
    access_rules: z.array(z.unknown()).max(0, 'access rules are not supported').nullish(),
  }),
});

export function applicationCredentialRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, issued } = deps;
  const app = new Hono<KeystoneEnv>();

  async function ownCredential(caller: ResolvedToken, userId: string, id: string, rule: string) {
    demandAdmin(caller, rule, caller.user.id === userId);
    const found = await accounts.applicationCredential(id);
    return known(found?.userId === userId ? found : undefined, 'application credential', id);
  }

  app.get(PATH, async (c) => {
    const userId = c.req.param('user');
    demandAdmin(c.var.caller, 'identity:list_application_credentials', c.var.caller.user.id === userId);
    const v3 = v3Url(deps, c.req.raw);
    const roles = await accounts.roles();
    const name = c.req.query('name');
    const found = (await accounts.applicationCredentials(userId)).filter(
      (credential) => name === undefined || credential.name === name,
    );
    const documents = found.map((credential) => credentialDocument(credential, roles, v3));
    const self = `${v3}/users/${userId}/application_credentials`;
    return c.json(collection('application_credentials', documents, self));
  });

  app.post(PATH, async (c) => {
    const { caller } = c.var;
    if (caller.user.id !== c.req.param('user')) throw notAllowed('identity:create_application_credential');
    refuseRestricted(caller);
    if (caller.project === undefined) {
      throw new DomainError(
        'invalid',
        'An application credential needs a project-scoped token to be made with.',
      );
    }
    const { application_credential: given } = await bodyOf(c.req.raw, Create);
    const { secret, credential } = await issued.issueApplicationCredential({
      userId: caller.user.id,
      projectId: caller.project.id,
      name: given.name,
      description: given.description ?? null,
      roles: given.roles === undefined ? caller.roles : given.roles.map((asked) => held(caller.roles, asked)),
      unrestricted: given.unrestricted ?? false,
      expiresAt: given.expires_at == null ? null : instantOf(given.expires_at),
      secret: given.secret ?? undefined,
    });
    const document = credentialDocument(credential, caller.roles, v3Url(deps, c.req.raw));
    return c.json({ application_credential: { ...document, secret } }, 201);
  });

  app.get(`${PATH}/:id`, async (c) => {
    const { user, id } = c.req.param();
    const rule = 'identity:get_application_credential';
    const credential = await ownCredential(c.var.caller, user, id, rule);
    const document = credentialDocument(credential, await accounts.roles(), v3Url(deps, c.req.raw));
    return c.json({ application_credential: document });
  });

  app.delete(`${PATH}/:id`, async (c) => {
    const { user, id } = c.req.param();
    refuseRestricted(c.var.caller);
    const rule = 'identity:delete_application_credential';
    const credential: ApplicationCredential = await ownCredential(c.var.caller, user, id, rule);
    await issued.revokeApplicationCredential(credential);
    return c.body(null, 204);
  });
  return app;
}

/** A program may not make itself another secret, unless it was allowed to when it got its own. */
function refuseRestricted({ credential }: ResolvedToken): void {
  if (credential !== undefined && !credential.unrestricted) {
    throw new DomainError(
      'forbidden',
      'A restricted application credential cannot manage application credentials.',
    );
  }
}

/** @throws DomainError `invalid` for a role the caller has not got: nobody hands on what is not theirs */
function held(
  own: readonly Role[],
  asked: { readonly id?: string | undefined; readonly name?: string | undefined },
) {
  const role = own.find(({ id, name }) => (asked.id === undefined ? name === asked.name : id === asked.id));
  if (role === undefined) {
    throw new DomainError(
      'invalid',
      `roles: you do not have role ${asked.name ?? asked.id ?? ''} in this project`,
    );
  }
  return role;
}

/** Clients write UTC with or without its Z. */
function instantOf(text: string): Instant {
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  if (Number.isNaN(at)) throw new DomainError('invalid', 'expires_at: write it as 2030-01-31T12:00:00Z');
  return at;
}
