/** Checks of a deployment from outside. Each says in one sentence what it found. */
import { connect } from '../../../client-sdk/src/index.ts';
import { certificate } from './certificate.ts';
import { servers, services, witness } from './cloud.ts';
import {
  type DoctorCheck,
  doubts,
  FAULTS,
  type Finding,
  HOST_STATUS_SINCE,
  note,
  ok,
  wrong,
} from './finding.ts';
import { nodes } from './nodes.ts';
import { names, places } from './places.ts';
import { postgres } from './postgres.ts';

const CLOCKS_APART_MS = 5_000;
const STREAM_TIMEOUT_MS = 15_000;

const reach: DoctorCheck = {
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

const ready: DoctorCheck = {
  name: 'ready',
  needs: ['reach'],
  async run({ open }) {
    const { body, text } = await open.get<Readiness | undefined>('/readyz', { accept: [503] });
    if (body?.ready === undefined)
      return wrong(`/readyz gives an answer that hostbeat never gives: ${text.slice(0, 80)}`);
    const { ready, database, observer, reason = 'it gives no reason', warning } = body;
    if (database !== 'ok') return wrong(`not ready: ${reason}. ${FAULTS}`);
    if (!ready) return wrong('not ready: it is stopping; look again when it has been started again');
    if (observer !== 'ok') return doubts(observer, reason);
    return warning === undefined ? ok('ready') : note(`ready, but ${warning}`);
  },
};

interface Readiness {
  readonly ready: boolean;
  readonly database: string;
  readonly observer: string;
  readonly reason?: string;
  readonly warning?: string;
}

/** Above this size the log is larger than its retention allows. */
const LARGE_WAL = 64 * 2 ** 20;

const database: DoctorCheck = {
  name: 'database',
  needs: ['reach'],
  async run({ open }) {
    const { text } = await open.get('/metrics', { accept: [401, 403, 404] });
    const bytes = Number(/^hostbeat_database_wal_bytes (\S+)$/m.exec(text)?.[1] ?? Number.NaN);
    if (Number.isNaN(bytes))
      return { verdict: 'skipped', words: 'its metrics do not include a write-ahead log' };
    const size = `the write-ahead log has ${(bytes / 2 ** 20).toFixed(1)} MiB`;
    if (bytes <= LARGE_WAL) return ok(size);
    return note(
      `${size}, more than ${LARGE_WAL / 2 ** 20} MiB: another program keeps a read transaction open (a backup tool, a shell); end it`,
    );
  },
};

const clocks: DoctorCheck = {
  name: 'clocks',
  needs: ['reach'],
  async run({ open }) {
    const { headers } = await open.get('/');
    const apart = Math.abs(Date.parse(headers.get('date') ?? '') - Date.now());
    if (Number.isNaN(apart)) return note('the server sends no time');
    if (apart <= CLOCKS_APART_MS) return ok('the server and this machine agree');
    return note(
      `the server's clock is ${Math.round(apart / 1_000)} s from this machine's: liveness does not depend on it, but times in lists will confuse; check NTP on both`,
    );
  },
};

const login: DoctorCheck = {
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

const catalog: DoctorCheck = {
  name: 'catalog',
  needs: ['login'],
  async run({ http, url }) {
    const { body } = await http.get<{ catalog?: readonly CheckEntry[] }>('/identity/v3/auth/catalog', {
      accept: [404],
    });
    const endpoints = body?.catalog?.find(({ type }) => type === 'compute')?.endpoints ?? [];
    const address = endpoints.find((endpoint) => endpoint.interface === 'public')?.url;
    if (address === undefined) return note('no compute endpoint in the catalog: identity is somewhere else');
    if (new URL(address).origin === new URL(url).origin) return ok(`clients are sent to ${address}`);
    return note(`clients are sent to ${address}: if they cannot reach that, set HOSTBEAT_PUBLIC_URL`);
  },
};

interface CheckEntry {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly url: string }[];
}

const stream: DoctorCheck = {
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
      const after = `first health frame after ${Math.round(performance.now() - begun)} ms`;
      if (observer !== 'ok') resolve(doubts(observer, reason ?? 'it gives no reason'));
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

/** In the order in which they run and are printed. */
export const CHECKS: readonly DoctorCheck[] = [
  certificate,
  reach,
  ready,
  database,
  clocks,
  login,
  catalog,
  nodes,
  postgres,
  servers,
  services,
  witness,
  places,
  names,
  stream,
];
