import type { AuthConfig, AuthSecrets } from '../../config/auth-config.ts';
import type { Duration } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';

/** Where Keystone is, and who we are there. */
export interface KeystoneSettings {
  /** Without `/v3`, and without a slash at its end. */
  readonly url: string;
  /** As users reach it. */
  readonly publicUrl: string;
  readonly timeout: Duration;
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

/** @throws DomainError `invalid` for settings that loading them would have refused */
export function keystoneSettings(config: AuthConfig, secrets: AuthSecrets): KeystoneSettings {
  const { keystoneUrl: url, keystonePublicUrl, keystoneCredentialId: credentialId } = config;
  const { keystonePassword: password, keystoneCredentialSecret: secret } = secrets;
  if (url === undefined) throw new DomainError('invalid', 'HOSTBEAT_KEYSTONE_URL is missing');
  const at = { url: rootOf(url), publicUrl: keystonePublicUrl ?? url, timeout: config.authTimeout };
  if (credentialId !== undefined && secret !== undefined) return { ...at, own: { credentialId, secret } };
  if (password === undefined) throw new DomainError('invalid', 'HOSTBEAT_KEYSTONE_PASSWORD is missing');
  return {
    ...at,
    own: {
      username: config.keystoneUsername,
      password,
      userDomain: config.keystoneUserDomain,
      project: config.keystoneProject,
      projectDomain: config.keystoneProjectDomain,
    },
  };
}

function rootOf(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/v3$/, '');
}
