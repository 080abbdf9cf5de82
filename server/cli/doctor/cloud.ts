/** What can be wrong with the cloud that is watched: servers and the services beneath them. */

import { fetchServices, STILL_ALIVE, stillAlive } from '../services/run.ts';
import type { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { type DoctorCheck, HOST_STATUS_SINCE, note, ok, wrong } from './finding.ts';

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
          `${lost} of ${found.length} stand on no host that a compute service reports for: start "hostbeat agent" there, or register where they stand by "hostbeat instances import"`,
        );
  },
};

export const services: DoctorCheck = {
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
    const alive = await stillAlive(http);
    if (alive.size > 0) {
      const which = hosts(found.filter(({ id }) => alive.has(id)));
      return wrong(
        `${alive.size} forced down and ${STILL_ALIVE} (${which}): what was taken over may run twice; fence them by power or switch port`,
      );
    }
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

function hosts(of: readonly { readonly host: string }[]): string {
  const names = of.slice(0, 5).map(({ host }) => host);
  return `${names.join(', ')}${of.length > names.length ? ', …' : ''}`;
}
