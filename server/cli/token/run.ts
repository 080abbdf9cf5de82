/** `hostbeat token …`. */
import { systemClock } from '../../runtime/clock.ts';
import { findNamed, type NamedAccount, shortId } from '../accounts/directory.ts';
import {
  type ConnectionFlags,
  connected,
  isThroughServer,
  serverOf,
  serverUrl,
} from '../connection/connection.ts';
import { loginFrom } from '../connection/credentials.ts';
import { HttpClient } from '../connection/http-client.ts';
import { logIn } from '../connection/login.ts';
import { type DatabaseFlags, doneHere, withDatabase } from '../support/database.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { readText } from '../support/files.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { withAges } from '../support/times.ts';
import { checkName } from '../user/run.ts';

export interface IssueFlags extends ConnectionFlags, DatabaseFlags {
  readonly host?: readonly string[];
  readonly label?: string;
  /** Milliseconds. */
  readonly expires?: number;
  readonly json?: boolean;
}

export interface RevokeFlags extends ConnectionFlags, DatabaseFlags {
  readonly file?: string;
}

/** An agent's token as `/v1/agent-tokens` shows it; times are RFC 3339. */
interface AgentToken {
  readonly id: string;
  readonly label: string;
  readonly hosts: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
}

const AGENT_TOKENS = '/v1/agent-tokens';

export async function issueToken(flags: IssueFlags, terminal: Terminal): Promise<void> {
  const { host: hosts } = flags;
  if (hosts === undefined) return issueUserToken(flags, terminal);
  if (flags.label !== undefined) checkName('--label', flags.label);
  const wanted = {
    hosts,
    label: flags.label ?? hosts.join(' ').slice(0, 255),
    expiresAt: flags.expires === undefined ? null : systemClock.now() + flags.expires,
  };
  const issued = isThroughServer(flags)
    ? await issueThroughServer(wanted, flags, terminal)
    : await issueInDatabase(wanted, flags, terminal);
  terminal.out(flags.json === true ? json(issued, 2) : `${issued.token}\n`);
}

interface TokenWish {
  readonly hosts: readonly string[];
  readonly label: string;
  readonly expiresAt: number | null;
}

type IssuedAgentToken = AgentToken & { readonly token: string };

async function issueThroughServer(
  wanted: TokenWish,
  flags: IssueFlags,
  terminal: Terminal,
): Promise<IssuedAgentToken> {
  const { hosts, label, expiresAt } = wanted;
  const { http } = await connected(flags, terminal);
  const { body } = await http.request<IssuedAgentToken>('POST', AGENT_TOKENS, {
    body: { hosts, label, expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString() },
  });
  return body;
}

function issueInDatabase(
  wanted: TokenWish,
  flags: IssueFlags,
  terminal: Terminal,
): Promise<IssuedAgentToken> {
  return withDatabase(flags, terminal, async ({ accounts, audit }) => {
    const { offlineIdentity } = await import('../accounts/embedded.ts');
    const { issued } = await offlineIdentity(accounts);
    const { secret, token } = await issued.issueAgentToken(wanted);
    const changes = { label: [null, token.label], hosts: [null, token.hosts] } as const;
    await audit.record(doneHere('agent_token.issue', `agent-token:${token.id}`, changes));
    return { ...shown(token), token: secret };
  });
}

/** A user's token is a login: only a server can issue one, with credentials from the usual variables. */
async function issueUserToken(flags: IssueFlags, terminal: Terminal): Promise<void> {
  const login = loginFrom(terminal.env, serverOf(flags, terminal.env).urls);
  if (login === undefined)
    throw new CliError(
      EXIT.config,
      "whose token? Name the hosts of an agent by --host, or set OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME for a user's.",
    );
  const { token } = await logIn(login);
  terminal.out(flags.json === true ? json({ token }, 2) : `${token}\n`);
}

export async function listTokens(
  flags: ConnectionFlags & DatabaseFlags & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const tokens = isThroughServer(flags)
    ? await tokensOf((await connected(flags, terminal)).http)
    : await withDatabase(flags, terminal, async ({ accounts }) => (await accounts.agentTokens()).map(shown), {
        mustExist: true,
      });
  if (flags.json === true) return terminal.out(json(tokens, 2));
  const now = Date.now();
  const rows = tokens.map(({ id, label, hosts, created_at, expires_at }) => [
    shortId(id),
    label,
    hosts.join(' '),
    withAges(created_at, now),
    withAges(expires_at ?? '-', now),
  ]);
  terminal.out(table(['ID', 'NAME', 'HOSTS', 'CREATED', 'EXPIRES'], rows));
}

export async function revokeToken(
  id: string | undefined,
  flags: RevokeFlags,
  terminal: Terminal,
): Promise<void> {
  if ((id === undefined) === (flags.file === undefined))
    throw new CliError(
      EXIT.usage,
      "name the id of an agent's token, or by --file a file with a user's token; one of both.",
    );
  if (flags.file !== undefined) {
    await revokeUserToken(readText(flags.file, '--file').trim(), flags, terminal);
    terminal.out('revoked\n');
  } else if (isThroughServer(flags)) {
    const { http } = await connected(flags, terminal);
    const token = findNamed('token', named(await tokensOf(http)), id ?? '');
    await http.request('DELETE', `${AGENT_TOKENS}/${encodeURIComponent(token.id)}`);
    sayRevoked(token, terminal);
  } else
    await withDatabase(
      flags,
      terminal,
      async ({ accounts, audit }) => {
        const { offlineIdentity } = await import('../accounts/embedded.ts');
        const token = findNamed('token', named(await accounts.agentTokens()), id ?? '');
        await (await offlineIdentity(accounts)).issued.revokeAgentToken(token.id);
        await audit.record(doneHere('agent_token.revoke', `agent-token:${token.id}`, {}));
        sayRevoked(token, terminal);
      },
      { mustExist: true },
    );
}

function sayRevoked({ id, name }: NamedAccount, terminal: Terminal): void {
  terminal.out(`${name} (${id}): revoked\n`);
}

async function tokensOf(http: HttpClient): Promise<readonly AgentToken[]> {
  return (await http.get<{ agent_tokens: readonly AgentToken[] }>(AGENT_TOKENS)).body.agent_tokens;
}

/** A token's label is its name. */
function named(tokens: readonly { readonly id: string; readonly label: string }[]) {
  return tokens.map(({ id, label }) => ({ id, name: label }));
}

/** Possession of the token is the right to end it. */
async function revokeUserToken(token: string, flags: RevokeFlags, terminal: Terminal): Promise<void> {
  const own = { token: async () => token, refused() {}, renewAt: undefined };
  await new HttpClient(await serverUrl(flags, terminal), own).request('DELETE', '/identity/v3/auth/tokens', {
    headers: { 'x-subject-token': token },
  });
}

function shown(token: {
  readonly id: string;
  readonly label: string;
  readonly hosts: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
}): AgentToken {
  return {
    id: token.id,
    label: token.label,
    hosts: token.hosts,
    created_at: new Date(token.createdAt).toISOString(),
    expires_at: token.expiresAt === null ? null : new Date(token.expiresAt).toISOString(),
  };
}
