import type { Duration } from '../domain/clock.ts';
import type { AuthMode } from './options/auth.ts';

/** Which service keeps the users. Each mode has the settings that it needs. */
export interface AuthConfig {
  readonly auth: AuthMode;
  readonly authCacheTime: Duration;
  readonly authCacheSize: number;
  readonly authTimeout: Duration;
  readonly maxTokens: number;
  readonly maxCredentials: number;
  readonly keystoneUrl: string | undefined;
  readonly keystonePublicUrl: string | undefined;
  readonly keystoneUsername: string;
  readonly keystoneUserDomain: string;
  readonly keystoneProject: string;
  readonly keystoneProjectDomain: string;
  readonly keystoneCredentialId: string | undefined;
  readonly oidcIssuer: string | undefined;
  readonly oidcAudience: readonly string[];
  readonly oidcJwksUrl: string | undefined;
  readonly oidcAlgorithms: readonly string[];
  readonly oidcClockSkew: Duration;
  readonly oidcUsernameClaim: string;
  readonly oidcProjectClaim: string;
  readonly oidcRolesClaim: string;
  /** Each is `VALUE=ROLE`. */
  readonly oidcRoles: readonly string[];
}

export interface AuthSecrets {
  readonly keystonePassword?: string | undefined;
  readonly keystoneCredentialSecret?: string | undefined;
}
