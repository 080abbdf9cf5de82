/**
 * A program's tokens, by the variables that every OpenStack tool reads: OS_AUTH_URL with an application credential
 * (OS_APPLICATION_CREDENTIAL_ID and _SECRET: best for a program) or with a user's password; or OS_TOKEN as it is.
 */
import process from 'node:process';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * For the option `token`: asked before every connect, so a token that ends is replaced by itself.
 * @throws Error naming the variable that is missing
 */
export function tokenOf(env: Environment = process.env): string | (() => Promise<string>) {
  if (env.OS_TOKEN) return env.OS_TOKEN;
  const url = `${variable(env, 'OS_AUTH_URL').replace(/\/+$/, '')}/auth/tokens`;
  const body = JSON.stringify({
    auth: env.OS_APPLICATION_CREDENTIAL_ID ? byCredential(env) : byPassword(env),
  });
  return async () => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    await answer.body?.cancel();
    const token = answer.headers.get('x-subject-token');
    if (token === null) throw new Error(`${url} answered ${answer.status}`);
    return token;
  };
}

export function variable(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`the variable ${name} is not set`);
  return value;
}

function byCredential(env: Environment) {
  const id = env.OS_APPLICATION_CREDENTIAL_ID;
  const secret = variable(env, 'OS_APPLICATION_CREDENTIAL_SECRET');
  return { identity: { methods: ['application_credential'], application_credential: { id, secret } } };
}

function byPassword(env: Environment) {
  const user = {
    name: variable(env, 'OS_USERNAME'),
    password: variable(env, 'OS_PASSWORD'),
    domain: { id: env.OS_USER_DOMAIN_ID ?? 'default' },
  };
  const project = {
    name: variable(env, 'OS_PROJECT_NAME'),
    domain: { id: env.OS_PROJECT_DOMAIN_ID ?? 'default' },
  };
  return { identity: { methods: ['password'], password: { user } }, scope: { project } };
}
