/** The body of `POST /auth/tokens`: its shape, and the proofs and scope that it means. */
import { z } from 'zod';
import { DomainError } from '../../../domain/errors.ts';
import { IdText, NameText, SecretText, tooLongWithin } from '../../credential-limits.ts';
import {
  type LoginProof,
  type NamedRef,
  refused,
  type WantedScope,
} from '../../embedded/verify-credentials.ts';

const Ref = z
  .object({ id: IdText.optional(), name: NameText.optional() })
  .refine(({ id, name }) => id || name, 'id or name must be present');
const Named = z
  .object({ id: IdText.optional(), name: NameText.optional(), domain: Ref.optional() })
  .refine(({ id, name }) => id || name, 'id or name must be present');

const ScopeObject = z.object({
  project: Named.optional(),
  domain: Ref.optional(),
  system: z.object({ all: z.boolean().optional() }).optional(),
  unscoped: z.unknown().optional(),
});

export const AuthBody = z.object({
  auth: z.object({
    identity: z.looseObject({
      methods: z.array(NameText).max(8),
      password: z.object({ user: Named.and(z.object({ password: SecretText.optional() })) }).optional(),
      token: z.object({ id: SecretText }).optional(),
      application_credential: z
        .object({
          id: IdText.optional(),
          name: NameText.optional(),
          secret: SecretText,
          user: Named.optional(),
        })
        .refine(({ id, name, user }) => id !== undefined || (name !== undefined && user !== undefined), {
          message: 'id, or name and user, must be present',
        })
        .optional(),
    }),
    scope: z.union([NameText, ScopeObject]).optional(),
  }),
});
type Auth = z.infer<typeof AuthBody>['auth'];

/**
 * @throws DomainError `invalid` if a named method has no data, or a name no domain; `unauthorized` without a password,
 * and for an unknown method
 */
export function proofsOf({ identity }: Auth): readonly LoginProof[] {
  return [...new Set(identity.methods)].map((method): LoginProof => {
    switch (method) {
      case 'password': {
        const { password, ...user } = given(identity.password, method).user;
        refuseNameAlone(user, 'user');
        if (password === undefined) throw refused();
        return { method, user, password };
      }
      case 'token':
        return { method, token: given(identity.token, method).id };
      case 'application_credential':
        return { method, ...given(identity.application_credential, method) };
      default: {
        const tooLong = tooLongWithin(given(identity[method], method), `auth/identity/${method}`);
        throw tooLong === undefined ? refused() : new DomainError('invalid', tooLong);
      }
    }
  });
}

/**
 * @throws DomainError `invalid` unless exactly one scope is asked for, `unauthorized` for a scope that does not exist
 */
export function wantedScopeOf({ scope }: Auth): WantedScope {
  if (scope === undefined) return { to: 'default' };
  if (scope === 'unscoped') return { to: 'unscoped' };
  if (typeof scope === 'string' || Object.keys(scope).length !== 1) {
    throw new DomainError(
      'invalid',
      'Expecting to find exactly one of project, domain, system or unscoped in scope.',
    );
  }
  const { project, domain, system } = scope;
  if (project !== undefined) {
    refuseNameAlone(project, 'project');
    return { to: 'project', project };
  }
  if (domain !== undefined) return { to: 'domain', domain };
  if (system === undefined) return { to: 'unscoped' };
  if (system.all !== true) throw refused();
  return { to: 'system' };
}

/** A name is unique within a domain. Where an id is given too, the name decides (Keystone). */
function refuseNameAlone({ name, domain }: NamedRef, what: string): void {
  if (name && domain === undefined) throw new DomainError('invalid', `Expecting to find domain in ${what}.`);
}

function given<T>(data: T | undefined, method: string): T {
  if (data === undefined) throw new DomainError('invalid', `Expecting to find ${method} in identity.`);
  return data;
}
