import type { AuthConfig, AuthSecrets } from '../../config/auth-config.ts';
import type { Duration } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';

/** Where Keystone is, and how hostbeat logs in. */
export interface KeystoneSettings {
  /** Without `/v3`, and without a slash at its end. */
  readonly url: string;
  /** The URL that users see. */
  readonly publicUrl: string;
  readonly timeout: Duration;
  /** Read at each login, because the secret in it can be renewed. */
  readonly own:
    | { readonly credentialId: string; readonly secret: string }
    | {
        readonly username: string;
        readonly password: string;
        readonly userDomain: string;
        readonly project: string;
        readonly projectDomain: string;
      };
}

/** @param secrets read at each use @throws DomainError `invalid` for settings that the loader would have refused */
export function keystoneSettings(config: AuthConfig, secrets: AuthSecrets): KeystoneSettings {
  const { keystoneUrl: url, keystonePublicUrl, keystoneCredentialId: credentialId } = config;
  if (url === undefined) throw new DomainError('invalid', 'HOSTBEAT_KEYSTONE_URL is missing');
  const at = { url: rootOf(url), publicUrl: keystonePublicUrl ?? url, timeout: config.authTimeout };
  if (credentialId !== undefined && secrets.keystoneCredentialSecret !== undefined)
    return {
      ...at,
      get own() {
        return { credentialId, secret: secrets.keystoneCredentialSecret ?? '' };
      },
    };
  if (secrets.keystonePassword === undefined)
    throw new DomainError('invalid', 'HOSTBEAT_KEYSTONE_PASSWORD is missing');
  return {
    ...at,
    get own() {
      return {
        username: config.keystoneUsername,
        password: secrets.keystonePassword ?? '',
        userDomain: config.keystoneUserDomain,
        project: config.keystoneProject,
        projectDomain: config.keystoneProjectDomain,
      };
    },
  };
}

function rootOf(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/v3$/, '');
}
