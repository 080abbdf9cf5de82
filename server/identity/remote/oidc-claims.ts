/** Maps an issuer's claims to an identity. Grants only what the settings name. */
import type { JWTPayload } from 'jose';
import type { Identity } from '../identity.ts';
import type { OidcSettings } from './oidc-settings.ts';

/** Claims of a token whose signature, issuer, audience and times are right; undefined without a subject. */
export function identityOfClaims(payload: JWTPayload, settings: OidcSettings): Identity | undefined {
  const { sub, exp } = payload;
  if (typeof sub !== 'string' || sub === '' || exp === undefined) return undefined;
  const { claims, clockSkew, issuer } = settings;
  const project = textAt(payload, claims.project) ?? null;
  return {
    kind: 'user',
    userId: sub,
    userName: textAt(payload, claims.username) ?? sub,
    userDomainId: issuer,
    projectId: project,
    projectName: project,
    // Projects are the issuer's, as users are.
    projectDomainId: project === null ? null : issuer,
    isAdminProject: true,
    roles: rolesOf(claimAt(payload, claims.roles), settings),
    expiresAt: exp * 1_000 + clockSkew,
    hosts: [],
  };
}

/** A list, or a single value, or words with spaces between as in `scope`. */
function rolesOf(claim: unknown, { roles }: OidcSettings): readonly string[] {
  const values = typeof claim === 'string' ? [claim, ...claim.split(' ')] : Array.isArray(claim) ? claim : [];
  return [...new Set(values.flatMap((value) => (typeof value === 'string' ? (roles.get(value) ?? []) : [])))];
}

function textAt(payload: JWTPayload, path: string): string | undefined {
  const found = claimAt(payload, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The claim with that whole name (names that are URLs contain dots); else the path that the dots describe. */
function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  return path.split('.').reduce<unknown>((within, name) => {
    const isObject = typeof within === 'object' && within !== null && Object.hasOwn(within, name);
    return isObject ? (within as Record<string, unknown>)[name] : undefined;
  }, payload);
}
