/** `/users/{id}/application_credentials`: a program's own secret, made by the user it acts for. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Instant } from '../../../domain/clock.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Role } from '../../../ports/accounts.ts';
import { SecretText } from '../../credential-limits.ts';
import { known } from '../../embedded/directory.ts';
import type { NewApplicationCredential } from '../../embedded/issued-secrets.ts';
import type { ResolvedToken } from '../../tokens/tokens.ts';
import {
  bodyOf,
  demandAdmin,
  demandAuditor,
  type KeystoneDeps,
  type KeystoneEnv,
  v3Url,
} from '../context.ts';
import { credentialDocument } from '../documents.ts';
import { notAllowed } from '../faults.ts';
import { Id, Name } from '../fields.ts';
import { listed } from '../lookups.ts';

const PATH = '/users/:user/application_credentials';

const MOST_RULES = 64;
const NewRule = z.strictObject({
  service: z.string().min(1).max(255),
  method: z.enum(['POST', 'GET', 'HEAD', 'PATCH', 'PUT', 'DELETE']),
  path: z.string().max(225).regex(/^\//, 'must begin with /'),
});
/** A rule of another credential of the user. */
const KnownRule = z.strictObject({ id: Id });

export const Create = z.object({
  application_credential: z.object({
    name: Name,
    description: z.string().nullish(),
    secret: SecretText.nullish(),
    expires_at: z.string().nullish(),
    roles: z.array(z.union([z.strictObject({ id: Id }), z.strictObject({ name: Name })])).optional(),
    unrestricted: z.boolean().optional(),
    access_rules: z
      .array(z.union([NewRule, KnownRule]))
      .max(MOST_RULES, `at most ${MOST_RULES} access rules`)
      .nullish(),
  }),
});

export function applicationCredentialRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, issued } = deps;
  const app = new Hono<KeystoneEnv>();

  async function credentialOf(userId: string, id: string) {
    const found = await accounts.applicationCredential(id);
    return known(found?.userId === userId ? found : undefined, 'application credential', id);
  }

  /** @throws DomainError `invalid` for a role that the caller does not have and so cannot give; `not_found` */
  async function asked(
    wanted: readonly ({ readonly id: string } | { readonly name: string })[],
    caller: ResolvedToken,
  ): Promise<readonly Role[]> {
    const all = await accounts.roles();
    return wanted.map((one) => {
      const idOrName = 'id' in one ? one.id : one.name;
      const found = all.find(({ id, name }) => ('id' in one ? id : name) === idOrName);
      const role = 'name' in one ? known(found, 'role', idOrName) : found;
      if (role === undefined || !caller.roles.some(({ id }) => id === role.id))
        throw new DomainError('invalid', `roles: you do not have role ${idOrName} in this project`);
      return role;
    });
  }

  /**
   * @returns null where no rules are given. @throws DomainError `not_found` for an id that is not among the user's
   * rules
   */
  async function rulesOf(
    wanted: readonly z.infer<typeof NewRule | typeof KnownRule>[] | null | undefined,
    userId: string,
  ): Promise<NewApplicationCredential['accessRules']> {
    if (!wanted?.length) return null;
    const existing = await accounts.applicationCredentials(userId);
    const theirs = existing.flatMap(({ accessRules }) => accessRules ?? []);
    return wanted.map((rule) =>
      'id' in rule
        ? known(
            theirs.find(({ id }) => id === rule.id),
            'access rule',
            rule.id,
          )
        : rule,
    );
  }

  app.get(PATH, async (c) => {
    const userId = c.req.param('user');
    demandAuditor(c.var.caller, 'identity:list_application_credentials', c.var.caller.user.id === userId);
    const v3 = v3Url(deps, c.req.raw);
    const roles = await accounts.roles();
    const found = await accounts.applicationCredentials(userId);
    const documents = found.map((credential) => credentialDocument(credential, roles, v3));
    return c.json(listed(c, deps, 'application_credentials', documents, ['name']));
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
    const { secret, credential } = await issued.issueApplicationCredential(
      {
        userId: caller.user.id,
        projectId: caller.project.id,
        name: given.name,
        description: given.description ?? null,
        roles: given.roles?.length ? await asked(given.roles, caller) : caller.roles,
        unrestricted: given.unrestricted ?? false,
        expiresAt: given.expires_at == null ? null : instantOf(given.expires_at),
        accessRules: await rulesOf(given.access_rules, caller.user.id),
        secret: given.secret || undefined,
      },
      c.req.raw.signal,
    );
    const document = credentialDocument(credential, caller.roles, v3Url(deps, c.req.raw));
    return c.json({ application_credential: { ...document, secret } }, 201);
  });

  app.get(`${PATH}/:id`, async (c) => {
    const { user, id } = c.req.param();
    demandAuditor(c.var.caller, 'identity:get_application_credential', c.var.caller.user.id === user);
    const credential = await credentialOf(user, id);
    const document = credentialDocument(credential, await accounts.roles(), v3Url(deps, c.req.raw));
    return c.json({ application_credential: document });
  });

  app.delete(`${PATH}/:id`, async (c) => {
    const { user, id } = c.req.param();
    refuseRestricted(c.var.caller);
    demandAdmin(c.var.caller, 'identity:delete_application_credential', c.var.caller.user.id === user);
    await issued.revokeApplicationCredential(await credentialOf(user, id));
    return c.body(null, 204);
  });
  return app;
}

/** A program may not make itself another secret, unless its credential was made unrestricted. */
function refuseRestricted({ credential }: ResolvedToken): void {
  if (credential !== undefined && !credential.unrestricted) {
    throw new DomainError(
      'forbidden',
      'A restricted application credential cannot manage application credentials.',
    );
  }
}

/**
 * UTC, with or without its Z, to the microsecond (Keystone).
 * @throws DomainError `invalid`
 */
function instantOf(text: string): Instant {
  const [, date, time, fraction = ''] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z?$/.exec(text) ?? [];
  const at = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(at))
    throw new DomainError('invalid', 'expires_at: write it in UTC, as 2030-01-31T12:00:00');
  return at + Number(fraction.padEnd(6, '0')) / 1_000;
}
