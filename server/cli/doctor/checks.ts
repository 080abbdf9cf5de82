/** What can be wrong with a deployment, seen from outside. Each check says in one sentence what it found. */
import { connect } from '../../../client-sdk/src/index.ts';
import type { TokenSource } from '../credentials.ts';
import type { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { HttpClient } from '../http-client.ts';
import { fetchServices } from '../services.ts';

export interface Finding {
  readonly verdict: 'ok' | 'note' | 'wrong' | 'skipped';
  readonly words: string;
}

export interface Context {
  readonly url: string;
  readonly tokens: TokenSource | undefined;
  /** Without and with a token. */
  readonly open: HttpClient;
  readonly http: HttpClient;
}

export interface Check {
  readonly name: string;
  /** Checks that must have found nothing wrong, or this one cannot be run. */
  readonly needs: readonly string[];
  run(context: Context): Promise<Finding>;
}

/** The second decimal of Nova's 2.16, below which host_status does not exist. */
const HOST_STATUS_SINCE = 16;
const CLOCKS_APART_MS = 5_000;
const STREAM_TIMEOUT_MS = 15_000;

const reach: Check = {
  name: 'reach',
  needs: [],
  async run({ open, url }) {
    const { body } = await open.get<{ versions?: readonly { id: string; version: string }[] }>('/', {
      accept: [300, 404],
    });
    const version = body?.versions?.find(({ id }) => id === 'v2.1')?.version;
    if (version === undefined)
      return wrong(`${url} answers, but not as a compute API: name the server's own address by --url`);
    if (Number(version.split('.')[1]) < HOST_STATUS_SINCE)
      return wrong(`${url} speaks ${version} at most; host_status needs 2.${HOST_STATUS_SINCE}`);
    return ok(`${url} is a compute API up to ${version}`);
  },
};

const ready: Check = {
  name: 'ready',
  needs: ['reach'],
  async run({ open }) {
    const { body, text } = await open.get<Readiness | undefined>('/readyz', { accept: [503] });
    if (body?.ready === undefined)
      return wrong(`/readyz answers what hostbeat does not: ${text.slice(0, 80)}`);
    const { ready, database, observer, reason = 'it says no reason' } = body;
    if (database !== 'ok') return wrong(`not ready: ${reason}. ${FAULTS}`);
    if (!ready) return wrong('not ready: it is on its way out; look again when it was started anew');
    return observer === 'ok' ? ok('ready') : doubts(observer, reason);
  },
};

interface Readiness {
  readonly ready: boolean;
  readonly database: string;
  readonly observer: string;
  readonly reason?: string;
}

const FAULTS = 'What to do of each fault: "When something fails" in docs/operations.md';

/** A watcher in doubt is in service, and says so because silence must not pass for good news meanwhile. */
function doubts(observer: string, reason: string): Finding {
  const mend =
    observer === 'paused'
      ? 'If it comes again, something stops this process: a suspended machine, memory that swaps'
      : FAULTS;
  return wrong(`hostbeat says of itself that it is ${observer}: ${reason}. ${mend}`);
}

const clocks: Check = {
  name: 'clocks',
  needs: ['reach'],
  async run({ open }) {
    const { headers } = await open.get('/');
    const apart = Math.abs(Date.parse(headers.get('date') ?? '') - Date.now());
    if (Number.isNaN(apart)) return note('the server does not tell the time');
    if (apart <= CLOCKS_APART_MS) return ok('the server and this machine agree');
    return note(
      `the server's clock is ${Math.round(apart / 1_000)} s from this machine's: liveness does not depend on it, but times in lists will confuse; check NTP on both`,
    );
  },
};

const login: Check = {
  name: 'login',
  needs: ['reach'],
  async run({ tokens, http }) {
    if (tokens === undefined)
      return {
        verdict: 'skipped',
        words: 'no credentials: set HOSTBEAT_TOKEN, or OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME',
      };
    await http.get('/v2.1/servers?limit=1');
    return ok('the credentials are accepted');
  },
};

const servers: Check = {
  name: 'servers',
  needs: ['login'],
  async run({ http }) {
    const { body } = await http.get<{ servers: readonly { host_status?: string }[] }>(
      '/v2.1/servers/detail?limit=1000',
      { microversion: `2.${HOST_STATUS_SINCE}` },
    );
    const found = body.servers;
    if (found.length === 0) return note('the project has no servers');
    if (found.every(({ host_status }) => host_status === undefined))
      return note(
        'the policy does not show host_status to this user (os_compute_api:servers:show:host_status)',
      );
    const lost = found.filter(({ host_status }) => host_status === '').length;
    return lost === 0
      ? ok(`${found.length} seen, each with a host_status`)
      : note(
          `${lost} of ${found.length} stand on no host that a compute service reports for: start "hostbeat agent" there, or register where they stand by "hostbeat instances import"`,
        );
  },
};

const catalog: Check = {
  name: 'catalog',
  needs: ['login'],
  async run({ http, url }) {
    const { body } = await http.get<{ catalog?: readonly Entry[] }>('/identity/v3/auth/catalog', {
      accept: [404],
    });
    const endpoints = body?.catalog?.find(({ type }) => type === 'compute')?.endpoints ?? [];
    const address = endpoints.find((endpoint) => endpoint.interface === 'public')?.url;
    if (address === undefined) return note('no compute endpoint in the catalog: identity is somewhere else');
    if (new URL(address).origin === new URL(url).origin) return ok(`clients are sent to ${address}`);
    return note(`clients are sent to ${address}: if they cannot reach that, set HOSTBEAT_PUBLIC_URL`);
  },
};

interface Entry {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly url: string }[];
}

const stream: Check = {
  name: 'stream',
  needs: ['login'],
  async run({ url, tokens }) {
    if (tokens === undefined) return wrong('no token');
    const client = connect({ url, token: () => tokens.token(), clientName: 'hostbeat doctor' });
    const { promise, resolve } = Promise.withResolvers<Finding>();
    const begun = performance.now();
    const timer = setTimeout(
      () =>
        resolve(
          wrong(`nothing came within ${STREAM_TIMEOUT_MS / 1_000} s: does a proxy let WebSockets through?`),
        ),
      STREAM_TIMEOUT_MS,
    );
    client.on('error', (error) => {
      const hint = error.shouldRetry() ? ': does a proxy let WebSockets through?' : '';
      resolve(wrong(`${error.message}${hint}`));
    });
    client.on('health', ({ observer, reason }) => {
      const after = `first word of health after ${Math.round(performance.now() - begun)} ms`;
      if (observer !== 'ok') resolve(doubts(observer, reason ?? 'it says no reason'));
      else resolve(ok(`open and in step, ${after}${reason === undefined ? '' : `; ${reason}`}`));
    });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      await client.close();
    }
  },
};

const services: Check = {
  name: 'services',
  needs: ['login'],
  async run({ http }) {
    let found: Awaited<ReturnType<typeof fetchServices>>;
    try {
      found = await fetchServices(http, {});
    } catch (error) {
      if ((error as CliError).exit !== EXIT.noPermission) throw error;
      return { verdict: 'skipped', words: "these credentials are not an operator's" };
    }
    if (found.length === 0)
      return wrong(
        'nobody has ever reported: start "hostbeat agent" on the hosts, or load them by "hostbeat seed"',
      );
    const fenced = found.filter(({ forced_down }) => forced_down);
    const silent = found.filter(({ state, forced_down }) => state === 'down' && !forced_down);
    const told = [
      silent.length === 0 ? '' : `${silent.length} silent (${hosts(silent)})`,
      fenced.length === 0 ? '' : `${fenced.length} fenced (${hosts(fenced)})`,
    ].filter((words) => words !== '');
    if (silent.length === found.length)
      return wrong(
        'every service is silent: do the agents reach the server? "hostbeat doctor" on a host says it',
      );
    return told.length === 0
      ? ok(`${found.length}, all heard`)
      : note(
          `of ${found.length}: ${told.join(', ')}; look at the hosts, and forget those that are gone for good by "hostbeat services delete"`,
        );
  },
};

/** In the order in which they are run and read. */
export const CHECKS: readonly Check[] = [reach, ready, clocks, login, catalog, servers, services, stream];

function hosts(of: readonly { readonly host: string }[]): string {
  const names = of.slice(0, 5).map(({ host }) => host);
  return `${names.join(', ')}${of.length > names.length ? ', …' : ''}`;
}

function ok(words: string): Finding {
  return { verdict: 'ok', words };
}

function note(words: string): Finding {
  return { verdict: 'note', words };
}

function wrong(words: string): Finding {
  return { verdict: 'wrong', words };
}
