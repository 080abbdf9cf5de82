/** The variables that every OpenStack tool reads, as options. */
import { UsageError } from '../errors.ts';
import type { KeystoneOptions, Named } from './options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `OS_AUTH_URL` with an application credential (`OS_APPLICATION_CREDENTIAL_ID` or `_NAME`, and `_SECRET`), with a user's
 * password, or with `OS_TOKEN`: `keystoneToken(keystoneEnvironment(process.env))`.
 * @throws UsageError naming the variable that is missing
 */
export function keystoneEnvironment(env: Environment): KeystoneOptions {
  const authUrl = needed(env, 'OS_AUTH_URL');
  const credential = env.OS_APPLICATION_CREDENTIAL_ID;
  if (credential || env.OS_APPLICATION_CREDENTIAL_NAME) {
    const secret = needed(env, 'OS_APPLICATION_CREDENTIAL_SECRET');
    const name = env.OS_APPLICATION_CREDENTIAL_NAME ?? '';
    return {
      authUrl,
      applicationCredential: credential ? { id: credential, secret } : { name, user: userOf(env), secret },
    };
  }
  const project = projectOf(env);
  if (env.OS_TOKEN) return { authUrl, token: env.OS_TOKEN.trim(), ...(project && { project }) };
  if (!env.OS_USERNAME && !env.OS_USER_ID) throw missing('OS_USERNAME');
  const password = { user: userOf(env), password: needed(env, 'OS_PASSWORD') };
  if (project === undefined) throw missing('OS_PROJECT_NAME');
  return { authUrl, password, project };
}

function userOf(env: Environment): Named {
  if (env.OS_USER_ID) return { id: env.OS_USER_ID };
  return { name: needed(env, 'OS_USERNAME'), domain: domainOf(env, 'OS_USER_DOMAIN') };
}

function projectOf(env: Environment): Named | undefined {
  const id = env.OS_PROJECT_ID || env.OS_TENANT_ID;
  if (id) return { id };
  const name = env.OS_PROJECT_NAME || env.OS_TENANT_NAME;
  return name ? { name, domain: domainOf(env, 'OS_PROJECT_DOMAIN') } : undefined;
}

function domainOf(env: Environment, of: string): { readonly id: string } | { readonly name: string } {
  const id = env[`${of}_ID`];
  const name = env[`${of}_NAME`];
  return id ? { id } : name ? { name } : { id: env.OS_DEFAULT_DOMAIN_ID || 'default' };
}

function needed(env: Environment, name: string): string {
  return env[name] || fail(name);
}

function fail(name: string): never {
  throw missing(name);
}

function missing(name: string): UsageError {
  return new UsageError(`the variable ${name} is not set`);
}
