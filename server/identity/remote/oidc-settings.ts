import type { AuthConfig } from '../../config/auth-config.ts';
import { ROLE_PAIR } from '../../config/auth-rules.ts';
import type { Duration } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';

/** The issuer whose tokens are accepted, and what their claims mean here. */
export interface OidcSettings {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Undefined: found by discovery. */
  readonly jwksUrl: string | undefined;
  readonly algorithms: readonly string[];
  readonly clockSkew: Duration;
  readonly timeout: Duration;
  /** How long a key is still accepted after the issuer withdrew it. */
  readonly keysMaxAge: Duration;
  readonly claims: { readonly username: string; readonly project: string; readonly roles: string };
  /** The roles that each value of the claim gives. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
}

/** @throws DomainError `invalid` for settings that the loader would have refused */
export function oidcSettings(config: AuthConfig): OidcSettings {
  if (config.oidcIssuer === undefined) throw new DomainError('invalid', 'HOSTBEAT_OIDC_ISSUER is missing');
  const roles = new Map<string, string[]>();
  for (const pair of config.oidcRoles) {
    const [, value = '', role = ''] = ROLE_PAIR.exec(pair) ?? [];
    roles.set(value, [...(roles.get(value) ?? []), role]);
  }
  return {
    issuer: config.oidcIssuer,
    audience: config.oidcAudience,
    jwksUrl: config.oidcJwksUrl,
    algorithms: config.oidcAlgorithms,
    clockSkew: config.oidcClockSkew,
    timeout: config.authTimeout,
    keysMaxAge: config.authCacheTime,
    claims: {
      username: config.oidcUsernameClaim,
      project: config.oidcProjectClaim,
      roles: config.oidcRolesClaim,
    },
    roles,
  };
}
