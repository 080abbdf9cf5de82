/** The body of `POST /auth/tokens`: shape, and its meaning as proofs and a wanted scope. */
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { type Proof, refused, type WantedScope } from '../proofs.ts';

const Ref = z
  .object({ id: z.string().optional(), name: z.string().optional() })
  .refine(({ id, name }) => id !== undefined || name !== undefined, 'id or name must be present');
const Named = z
  .object({ id: z.string().optional(), name: z.string().optional(), domain: Ref.optional() })
  .refine(({ id, name }) => id !== undefined || name !== undefined, 'id or name must be present');

const ScopeObject = z.object({
  project: Named.optional(),
  domain: Ref.optional(),
  system: z.object({ all: z.boolean() }).optional(),
  unscoped: z.unknown().optional(),
});

export const AuthBody = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()).min(1).max(8),
      password: z.object({ user: Named.and(z.object({ password: z.string() })) }).optional(),
      token: z.object({ id: z.string() }).optional(),
      application_credential: z
        .object({
          id: z.string().optional(),
          name: z.string().optional(),
          secret: z.string(),
          user: Named.optional(),
        })
        .refine(({ id, name, user }) => id !== undefined || (name !== undefined && user !== undefined), {
          message: 'id, or name and user, must be present',
        })
        .optional(),
    }),
    scope: z.union([z.string(), ScopeObject]).nullish(),
  }),
});
type Auth = z.infer<typeof AuthBody>['auth'];

/** @throws DomainError `invalid` if a named method has no data, `unauthorized` for a method there is not */
export function proofsOf({ identity }: Auth): readonly Proof[] {
  return [...new Set(identity.methods)].map((method): Proof => {
    switch (method) {
      case 'password': {
        const { password, ...user } = given(identity.password, method).user;
        return { method, user, password };
      }
      case 'token':
        return { method, token: given(identity.token, method).id };
      case 'application_credential':
        return { method, ...given(identity.application_credential, method) };
      default:
        throw refused();
    }
  });
}

/** @throws DomainError `invalid` if more or less than one scope is asked for */
export function wantedScopeOf({ scope }: Auth): WantedScope {
  if (scope === undefined || scope === null) return { to: 'default' };
  if (scope === 'unscoped') return { to: 'unscoped' };
  const asked = typeof scope === 'string' ? [] : Object.keys(scope);
  if (typeof scope === 'string' || asked.length !== 1) {
    throw new DomainError(
      'invalid',
      'Expecting to find exactly one of project, domain, system or unscoped in scope.',
    );
  }
  if (scope.project !== undefined) return { to: 'project', project: scope.project };
  if (scope.domain !== undefined) return { to: 'domain', domain: scope.domain };
  if (scope.system === undefined) return { to: 'unscoped' };
  if (!scope.system.all)
    throw new DomainError('invalid', 'Invalid input for field scope/system/all: must be true.');
  return { to: 'system' };
}

function given<T>(data: T | undefined, method: string): T {
  if (data === undefined) throw new DomainError('invalid', `Expecting to find ${method} in identity.`);
  return data;
}
