/** Checks of the watched cloud: servers and the services beneath them. */
import type { HttpClient } from '../connection/http-client.ts';
import { fetchServices, isNeverHeard, isStillAlive, ownViews, STILL_ALIVE } from '../services/run.ts';
import type { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { type DoctorCheck, type Finding, HOST_STATUS_SINCE, note, ok, some, wrong } from './finding.ts';

export const servers: DoctorCheck = {
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
          `${lost} of ${found.length} are on a host that no compute service reports for: start "hostbeat agent" there, or register their hosts by "hostbeat instances import"`,
        );
  },
};

type Services = Awaited<ReturnType<typeof fetchServices>>;

/** The finding to print instead, where the credentials are not an operator's. */
export async function servicesOr(http: HttpClient): Promise<Services | Finding> {
  try {
    return await fetchServices(http, {});
  } catch (error) {
    if ((error as CliError).exit !== EXIT.noPermission) throw error;
    return { verdict: 'skipped', words: "these credentials are not an operator's" };
  }
}

export const services: DoctorCheck = {
  name: 'services',
  needs: ['login'],
  async run({ http }) {
    const found = await servicesOr(http);
    if ('verdict' in found) return found;
    if (found.length === 0)
      return wrong(
        'no service has ever reported: start "hostbeat agent" on the hosts, or load them by "hostbeat seed"',
      );
    const views = await ownViews(http);
    const alive = found.filter(({ id }) => isStillAlive(views.get(id)));
    if (alive.length > 0)
      return wrong(
        `${alive.length} forced down and ${STILL_ALIVE} (${hosts(alive)}): what was taken over may run twice; fence them by power or switch port`,
      );
    const fenced = found.filter(({ forced_down }) => forced_down);
    const rest = found.filter(({ forced_down }) => !forced_down);
    const never = rest.filter(({ id }) => isNeverHeard(views.get(id)));
    const silent = rest.filter(({ id, state }) => state === 'down' && !isNeverHeard(views.get(id)));
    if (never.length === found.length)
      return wrong(
        `none of ${found.length} has ever reported (${hosts(never)}): start "hostbeat agent" on these hosts`,
      );
    if (silent.length > 0 && silent.length + never.length === found.length)
      return wrong(
        'every service is silent: do the agents reach the server? Run "hostbeat doctor" on a host',
      );
    const parts = [
      silent.length === 0 ? '' : `${silent.length} silent (${hosts(silent)})`,
      never.length === 0 ? '' : `${never.length} never heard (${hosts(never)})`,
      fenced.length === 0 ? '' : `${fenced.length} fenced (${hosts(fenced)})`,
    ].filter((words) => words !== '');
    return parts.length === 0
      ? ok(`${found.length}, all heard`)
      : note(
          `of ${found.length}: ${parts.join(', ')}; ask "hostbeat explain HOST" why, and remove those that are gone for good by "hostbeat services delete"`,
        );
  },
};

/** With at least this many hosts, those that still report show that the server can receive. */
const ENOUGH_HOSTS = 3;

/** Small sites: can the server find out that it is itself cut off? */
export const witness: DoctorCheck = {
  name: 'witness',
  needs: ['login'],
  async run({ http, open }) {
    const { text } = await open.get('/metrics', { accept: [401, 403, 404] });
    const [configured, reachable] = ['witnesses', 'witnesses_reachable'].map((name) =>
      Number(new RegExp(`^hostbeat_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN),
    ) as [number, number];
    if (Number.isNaN(configured))
      return { verdict: 'skipped', words: 'its metrics do not include witnesses' };
    if (configured > 0)
      return reachable === configured
        ? ok(`${configured} configured, each reachable`)
        : note(
            `${reachable} of ${configured} reachable: the server's log names those that are not; while none is, silences of one or two hosts are reported up to HOSTBEAT_MASS_HOLD late`,
          );
    const found = await servicesOr(http);
    if ('verdict' in found) return found;
    const count = new Set(found.map(({ host }) => host)).size;
    if (count === 0 || count >= ENOUGH_HOSTS) return ok('none is needed: the hosts vouch for each other');
    return note(
      `none, on a site of ${count === 1 ? 'one host' : 'two hosts'}: when ${count === 1 ? 'it falls' : 'both fall'} silent, nothing shows whether hostbeat itself is cut off; set HOSTBEAT_WITNESS to an address on the agents' network, such as tcp:gateway:53`,
    );
  },
};

function hosts(of: readonly { readonly host: string }[]): string {
  return some(of.map(({ host }) => host));
}
