/** Reads Keystone's answer about a token as an identity. */
import { z } from 'zod';
import type { Identity } from '../identity.ts';

const Rule = z.object({ service: z.string(), method: z.string(), path: z.string() });
const Named = z.object({ id: z.string(), name: z.string() });

export const TokenAnswer = z.object({
  token: z.object({
    user: Named.extend({ domain: z.object({ id: z.string() }) }),
    /** Absent from tokens of a domain, of the system and of nothing. */
    project: Named.extend({ domain: z.object({ id: z.string() }).optional() }).nullish(),
    /** Absent unless this Keystone has an administrators' project. */
    is_admin_project: z.boolean().nullish(),
    roles: z.array(z.object({ name: z.string() })).nullish(),
    expires_at: z.iso.datetime(),
    application_credential: z
      .object({
        id: z.string().optional(),
        restricted: z.boolean().nullish(),
        /** Null or absent: no rules. An empty list allows nothing. */
        access_rules: z.array(Rule).nullish(),
      })
      .nullish(),
  }),
});

type KeystoneToken = z.infer<typeof TokenAnswer>['token'];

/**
 * Roles count only in a project: an administrator of a domain is not an administrator of the cloud (as in Nova, where
 * all rules have project scope).
 */
export function keystoneIdentity(token: KeystoneToken): Identity {
  const { user, project, roles, application_credential: credential } = token;
  return {
    kind: 'user',
    userId: user.id,
    userName: user.name,
    userDomainId: user.domain.id,
    projectId: project?.id ?? null,
    projectName: project?.name ?? null,
    projectDomainId: project == null ? null : project.domain?.id,
    isAdminProject: token.is_admin_project ?? true,
    roles: project == null ? [] : (roles ?? []).map(({ name }) => name),
    ...(credential?.id === undefined ? {} : { credentialId: credential.id }),
    ...(credential?.restricted ? { isRestricted: true } : {}),
    ...(credential?.access_rules == null ? {} : { accessRules: credential.access_rules }),
    expiresAt: Date.parse(token.expires_at),
    hosts: [],
  };
}
