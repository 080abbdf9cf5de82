/** HOSTBEAT_DATABASE_URL where it names PostgreSQL: hosts in order of preference, and how to connect to them. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { DatabaseRefused } from '../../refused.ts';

export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

export const LINEAGES = ['timeline', 'stored'] as const;

export interface Host {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

export interface DatabaseAddress {
  readonly hosts: readonly Host[];
  readonly database: string;
  readonly user: string;
  /** A function where a file holds it: read at each connection, as `ca` is. */
  readonly password: string | (() => string) | undefined;
  readonly sslMode: SslMode;
  /**
   * Certificates (PEM) of the authorities that may sign the server's; without them those of the system. Read at each
   * connection, so that a renewed file takes effect; while it cannot be read the last content counts.
   */
  readonly ca: (() => string) | undefined;
  /** Schema of our tables. */
  readonly schema: string;
  /** `stored`: the operator confirms that no failover loses an acknowledged commit. */
  readonly lineage: (typeof LINEAGES)[number];
}

const FORM = /^postgres(?:ql)?:\/\/(?:([^@/?]*)@)?([^/?@]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const PARAMETERS = ['host', 'sslmode', 'sslrootcert', 'passwordfile', 'schema', 'lineage'];
const EXAMPLE =
  'postgres://hostbeat:PASSWORD@db1:5432,db2:5432/hostbeat?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem';

/**
 * No message repeats the URL, because it may contain a password.
 * @throws DatabaseRefused `unsupported`
 */
export function postgresAddress(url: string): DatabaseAddress {
  const [, credentials = '', authority = '', path = '', query = ''] =
    FORM.exec(url) ?? refuse('is not a URL of PostgreSQL');
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name))
      refuse(`has the unknown parameter "${name}"; known are ${PARAMETERS.join(', ')}`);
  }
  const [user = '', password] = credentials.split(/:(.*)/s).map(decoded);
  const hosts = hostsIn(authority, parameters.get('host'));
  const schema = parameters.get('schema') ?? 'hostbeat';
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema))
    refuse('has a schema whose name is not plain: lower-case letters, digits and _, 51 at most');
  const database = decoded(path);
  if (database === '') refuse('names no database');
  if (user === '') refuse('names no user');
  return {
    hosts,
    database,
    user,
    password: passwordFrom(password, parameters.get('passwordfile')),
    schema,
    sslMode: oneOf(parameters, 'sslmode', SSL_MODES, hosts.every(isLocal) ? 'disable' : 'verify-full'),
    ca: certificates(parameters.get('sslrootcert')),
    lineage: oneOf(parameters, 'lineage', LINEAGES, 'timeline'),
  };
}

/** For messages: where it is, without the user. */
export function nameOf({ hosts, database }: Pick<DatabaseAddress, 'hosts' | 'database'>): string {
  return `PostgreSQL at ${hosts.map(({ host, port }) => `${host}:${port}`).join(', ')}, database "${database}"`;
}

function hostsIn(authority: string, socket: string | null): Host[] {
  if (socket !== null) {
    if (authority !== '') refuse('names hosts twice: before the database and as the parameter host');
    return [{ host: socket, port: 5432 }];
  }
  return authority.split(',').map((part) => {
    const [, host = '', port = '5432'] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(part) ?? [];
    if (host === '') refuse('has no valid host; several are written db1:5432,db2:5432');
    if (Number(port) < 1 || Number(port) > 65_535) refuse(`has the port ${port}, and ports end at 65535`);
    return { host: decoded(host.replace(/^\[|\]$/g, '')), port: Number(port) };
  });
}

export function isLocal({ host }: Host): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function oneOf<T extends string>(
  given: URLSearchParams,
  name: string,
  allowed: readonly T[],
  otherwise: T,
): T {
  const value = given.get(name);
  if (value === null) return otherwise;
  const found = allowed.find((each) => each === value);
  return found ?? refuse(`has ${name}=${value}, which must be one of ${allowed.join(', ')}`);
}

function certificates(file: string | null): (() => string) | undefined {
  if (file === null) return undefined;
  return renewed('certificates', file, (text) => {
    createSecureContext({ ca: text });
    return text.includes('-----BEGIN CERTIFICATE-----') ? text : undefined;
  });
}

function passwordFrom(password: string | undefined, file: string | null): DatabaseAddress['password'] {
  if (file === null) return password ?? process.env.PGPASSWORD;
  if (password !== undefined) refuse('has a password and names a file with one: leave one of them out');
  return renewed('password', file, (text) => text.replace(/\r?\n$/, '') || undefined);
}

/**
 * Reads the file again whenever it is called; what it held before counts while it holds nothing usable.
 * @param usable undefined, or an exception, for a text that is not
 */
function renewed(what: string, file: string, usable: (text: string) => string | undefined): () => string {
  let last: string | undefined;
  const read = () => usable(readFileSync(file, 'utf8'));
  try {
    last = read();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    refuse(`names the ${what} ${file}, which cannot be read (${code ?? message})`);
  }
  if (last === undefined) refuse(`names the ${what} ${file}, which holds none`);
  return () => {
    try {
      last = read() ?? last;
    } catch {
      // The file is being replaced.
    }
    return last as string;
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('has a % that does not begin an escape; write %25 for a % itself');
  }
}

function refuse(what: string): never {
  throw new DatabaseRefused('unsupported', `HOSTBEAT_DATABASE_URL ${what}. It is of the form ${EXAMPLE}`);
}
