/** Rules that combine several identity settings. Sentences as in load.ts: each names the setting and the fix. */
import type { AuthConfig, AuthSecrets } from './auth-config.ts';

/** Only algorithms whose verifying key cannot sign. */
export const SIGNATURE_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** A claim's value, then the role that it gives; the value may contain `=`. */
export const ROLE_PAIR = /^(.+)=([^=\s]+)$/;

export function authProblems(config: AuthConfig, secrets: AuthSecrets): string[] {
  if (config.auth === 'keystone') return keystoneProblems(config, secrets);
  return config.auth === 'oidc' ? oidcProblems(config) : [];
}

export function authWarnings(config: AuthConfig, secrets: { readonly adminPassword?: string | undefined }) {
  const warnings: string[] = [];
  const { auth, keystoneUrl, oidcIssuer } = config;
  if (auth !== 'embedded' && secrets.adminPassword !== undefined)
    warnings.push(`HOSTBEAT_ADMIN_PASSWORD is ignored: with HOSTBEAT_AUTH=${auth} hostbeat keeps no users.`);
  if (auth !== 'keystone' && keystoneUrl !== undefined)
    warnings.push(`HOSTBEAT_KEYSTONE_URL is ignored with HOSTBEAT_AUTH=${auth}; set it to keystone.`);
  if (auth !== 'oidc' && oidcIssuer !== undefined)
    warnings.push(`HOSTBEAT_OIDC_ISSUER is ignored with HOSTBEAT_AUTH=${auth}; set it to oidc.`);
  if (auth === 'keystone' && keystoneUrl !== undefined && isReadable(keystoneUrl))
    warnings.push(
      'HOSTBEAT_KEYSTONE_URL is plain http to another machine: passwords and tokens travel readable. Name its https address.',
    );
  if (auth === 'oidc' && isReadable(config.oidcJwksUrl ?? oidcIssuer ?? ''))
    warnings.push(
      'the keys of HOSTBEAT_OIDC_ISSUER come by plain http: anyone in between can make tokens. Name its https address.',
    );
  return warnings;
}

function keystoneProblems(config: AuthConfig, secrets: AuthSecrets): string[] {
  const problems: string[] = [];
  if (config.keystoneUrl === undefined)
    problems.push(
      'HOSTBEAT_KEYSTONE_URL is missing: HOSTBEAT_AUTH=keystone needs it, such as https://keystone.example:5000.',
    );
  const { keystoneCredentialId: id } = config;
  const { keystonePassword: password, keystoneCredentialSecret: secret } = secrets;
  if ((id === undefined) !== (secret === undefined))
    problems.push(
      `${id === undefined ? 'HOSTBEAT_KEYSTONE_APPLICATION_CREDENTIAL_ID' : 'HOSTBEAT_KEYSTONE_APPLICATION_CREDENTIAL_SECRET'} is missing: an application credential is both.`,
    );
  else if (id !== undefined && password !== undefined)
    problems.push(
      'HOSTBEAT_KEYSTONE_PASSWORD and HOSTBEAT_KEYSTONE_APPLICATION_CREDENTIAL_ID are both set: remove one of them.',
    );
  else if (id === undefined && password === undefined)
    problems.push(
      'HOSTBEAT_KEYSTONE_PASSWORD is missing: HOSTBEAT_AUTH=keystone needs the password of its own user, or an application credential.',
    );
  return problems;
}

function oidcProblems(config: AuthConfig): string[] {
  const problems: string[] = [];
  const { oidcIssuer, oidcJwksUrl, oidcAudience, oidcAlgorithms, oidcRoles } = config;
  if (oidcIssuer === undefined)
    problems.push(
      'HOSTBEAT_OIDC_ISSUER is missing: HOSTBEAT_AUTH=oidc needs it, such as https://sso.example/realms/cloud.',
    );
  for (const [name, text] of [
    ['HOSTBEAT_OIDC_ISSUER', oidcIssuer],
    ['HOSTBEAT_OIDC_JWKS_URL', oidcJwksUrl],
  ] as const)
    if (text !== undefined && !/^https?:\/\/[^/]/.test(text))
      problems.push(
        `${name} ("${text}") must be an http or https URL, such as https://sso.example/realms/cloud.`,
      );
  if (oidcAudience.length === 0)
    problems.push(
      'HOSTBEAT_OIDC_AUDIENCE is missing: without it a token made for any other program would open this one; set it to the name under which the issuer knows hostbeat.',
    );
  if (oidcAlgorithms.length === 0)
    problems.push('HOSTBEAT_OIDC_ALGORITHMS is empty: name at least one, such as RS256.');
  for (const name of oidcAlgorithms)
    if (!SIGNATURE_ALGORITHMS.some((known) => known === name))
      problems.push(
        `HOSTBEAT_OIDC_ALGORITHMS: "${name}" is not supported; choose among ${SIGNATURE_ALGORITHMS.join(', ')}.`,
      );
  for (const pair of oidcRoles)
    if (!ROLE_PAIR.test(pair))
      problems.push(
        `HOSTBEAT_OIDC_ROLES: "${pair}" is not VALUE=ROLE; write e.g. cloud-operators=admin, separated by commas.`,
      );
  return problems;
}

/** Could a third party on the way to this URL read along? */
function isReadable(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !['localhost', '[::1]'].includes(hostname) && !/^127\./.test(hostname);
}
