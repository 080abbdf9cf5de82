/** A token as Keystone shows it. */
import { DEFAULT_DOMAIN } from '../../../ports/accounts.ts';
import type { ResolvedToken } from '../../tokens/tokens.ts';
import { microseconds } from '../context.ts';
import type { Catalog, Token } from '../shapes.ts';

export function tokenDocument(resolved: ResolvedToken, catalog: Catalog | undefined): Token {
  const { token, user, roles, credential } = resolved;
  const domain = { ...DEFAULT_DOMAIN };
  return {
    token: {
      methods: [...token.methods],
      user: { id: user.id, name: user.name, domain, password_expires_at: null },
      audit_ids: [...token.auditIds],
      issued_at: microseconds(token.issuedAt),
      expires_at: microseconds(token.expiresAt),
      ...scopeOf(resolved),
      ...(token.scope === null ? {} : { roles: roles.map(({ id, name }) => ({ id, name })) }),
      ...(token.scope === null || catalog === undefined ? {} : { catalog }),
      ...(credential === undefined
        ? {}
        : {
            application_credential: {
              id: credential.id,
              name: credential.name,
              restricted: !credential.unrestricted,
              ...(credential.accessRules === null ? {} : { access_rules: [...credential.accessRules] }),
            },
          }),
    },
  };
}

function scopeOf({ token, project }: ResolvedToken): Partial<Token['token']> {
  const domain = { ...DEFAULT_DOMAIN };
  if (project !== undefined)
    return { project: { id: project.id, name: project.name, domain }, is_domain: false };
  if (token.scope?.on === 'domain') return { domain };
  if (token.scope?.on === 'system') return { system: { all: true } };
  return {};
}
