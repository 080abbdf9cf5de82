import { loadConfig } from '../../../server/config/load.ts';
import {
  type KeystoneSettings,
  keystoneSettings,
} from '../../../server/identity/remote/keystone-settings.ts';
import { type OidcSettings, oidcSettings } from '../../../server/identity/remote/oidc-settings.ts';

/** As the environment would give them; patience of a test. */
export function keystoneSettingsOf(url: string, env: Record<string, string> = {}): KeystoneSettings {
  const { config, secrets } = loadConfig({
    env: {
      HOSTBEAT_AUTH: 'keystone',
      HOSTBEAT_KEYSTONE_URL: `${url}/v3`,
      HOSTBEAT_KEYSTONE_PASSWORD: 'service-password',
      ...env,
    },
  });
  return keystoneSettings(config, secrets);
}

/** Keys are fetched for each token, so that a test need not wait for them. */
export function oidcSettingsOf(url: string, env: Record<string, string> = {}): OidcSettings {
  const { config } = loadConfig({
    env: { HOSTBEAT_AUTH: 'oidc', HOSTBEAT_OIDC_ISSUER: url, HOSTBEAT_OIDC_AUDIENCE: 'hostbeat', ...env },
  });
  return { ...oidcSettings(config), keysMaxAge: 0 };
}
