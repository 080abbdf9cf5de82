/**
 * A cloud of clouds.yaml, read as openstackclient reads it: OS_CLOUD names one, and the cloud supplies the variables
 * OS_….
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Fields = Readonly<Record<string, unknown>>;

/** Keys in clouds.yaml's own spelling, and the variable for each. */
const VARIABLES: Readonly<Record<string, string>> = {
  auth_url: 'OS_AUTH_URL',
  username: 'OS_USERNAME',
  user_id: 'OS_USER_ID',
  password: 'OS_PASSWORD',
  project_name: 'OS_PROJECT_NAME',
  tenant_name: 'OS_PROJECT_NAME',
  project_id: 'OS_PROJECT_ID',
  user_domain_name: 'OS_USER_DOMAIN_NAME',
  user_domain_id: 'OS_USER_DOMAIN_ID',
  project_domain_name: 'OS_PROJECT_DOMAIN_NAME',
  project_domain_id: 'OS_PROJECT_DOMAIN_ID',
  default_domain: 'OS_DEFAULT_DOMAIN',
  application_credential_id: 'OS_APPLICATION_CREDENTIAL_ID',
  application_credential_secret: 'OS_APPLICATION_CREDENTIAL_SECRET',
  token: 'OS_TOKEN',
};

/**
 * The environment with the values of the cloud in OS_CLOUD. A variable that is set wins.
 * @throws CliError `config` if there is no such cloud, or its file cannot be read
 */
export function withCloud(env: Env, read: (path: string) => string | undefined = fileOrNone): Env {
  const name = env.OS_CLOUD;
  if (!name) return env;
  const places = placesOf(env);
  const found = places.map((path) => [path, read(path)] as const).find(([, text]) => text !== undefined);
  if (found === undefined)
    throw new CliError(EXIT.config, `OS_CLOUD is ${name}, and there is no ${places.join(', no ')}.`);
  const [path, text = ''] = found;
  const cloud = cloudIn(text, path, name);
  if (cloud === undefined) {
    const known = Object.keys(cloudsIn(text, path)).join(', ') || 'none';
    throw new CliError(
      EXIT.config,
      `OS_CLOUD: there is no cloud "${name}" in ${path}; those there are: ${known}.`,
    );
  }
  const secret = join(dirname(path), 'secure.yaml');
  const secretText = read(secret);
  const secrets = secretText === undefined ? undefined : cloudIn(secretText, secret, name);
  const fields = { ...authOf(cloud), ...authOf(secrets) };
  const given: Record<string, string> = {};
  for (const [field, variable] of Object.entries(VARIABLES)) {
    const value = fields[field];
    if (typeof value === 'string' || typeof value === 'number') given[variable] ??= String(value);
  }
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  return { ...given, ...set };
}

function placesOf(env: Env): readonly string[] {
  if (env.OS_CLIENT_CONFIG_FILE) return [env.OS_CLIENT_CONFIG_FILE];
  const home = env.HOME || homedir();
  const config = env.XDG_CONFIG_HOME || join(home, '.config');
  return ['clouds.yaml', join(config, 'openstack', 'clouds.yaml'), '/etc/openstack/clouds.yaml'];
}

function cloudsIn(text: string, path: string): Fields {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new CliError(EXIT.config, `${path} is not YAML: ${(error as Error).message.split('\n')[0]}.`);
  }
  return fieldsOf(fieldsOf(document).clouds);
}

function cloudIn(text: string, path: string, name: string): Fields | undefined {
  const clouds = cloudsIn(text, path);
  return Object.hasOwn(clouds, name) ? fieldsOf(clouds[name]) : undefined;
}

/** The cloud's login settings. Some files have them beside "auth" instead of below. */
function authOf(cloud: Fields | undefined): Fields {
  return { ...cloud, ...fieldsOf(cloud?.auth) };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function fileOrNone(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CliError(EXIT.config, `${path} cannot be read (${code}).`);
  }
}
