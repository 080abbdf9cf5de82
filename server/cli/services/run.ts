/** `hostbeat services …`, by Nova's API: the same commands work on a real Nova. */
import { actorNames } from '../audit/names.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { ageText } from '../support/text.ts';
import { utc, withAges } from '../support/times.ts';

export interface ServiceFlags extends ConnectionFlags {
  readonly binary: string;
}

/** Since 2.53 a service is named by its uuid, and one PUT changes every field. */
const MICROVERSION = '2.53';

interface NovaService {
  readonly id: string;
  readonly host: string;
  readonly binary: string;
  readonly zone: string;
  readonly status: string;
  readonly state: string;
  readonly forced_down: boolean;
  readonly updated_at: string | null;
  readonly disabled_reason: string | null;
}

export async function listServices(
  flags: ConnectionFlags & { readonly host?: string; readonly binary?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { http } = await connected(flags, terminal);
  const services = await fetchServices(http, flags);
  const views = await ownViews(http);
  const isAlive = (id: string) => isStillAlive(views.get(id));
  if (flags.json === true) {
    const marked = services.map((service) => ({
      ...service,
      ...(isAlive(service.id) ? { still_alive: true } : {}),
      ...shownOf(views.get(service.id)),
    }));
    return terminal.out(json(marked, 2));
  }
  const now = Date.now();
  const rows = services.map((service) => {
    const updated = service.updated_at === null ? null : utc(service.updated_at);
    return [
      service.host,
      service.binary,
      service.zone,
      service.status,
      service.state,
      views.get(service.id)?.evidence ?? '-',
      isAlive(service.id) ? STILL_ALIVE : fenceText(service, views.get(service.id)),
      views.get(service.id)?.confidence?.replaceAll('_', ' ') ?? '-',
      updated === null ? '-' : updated,
      updated === null ? '-' : ageText(updated, now),
      service.disabled_reason ?? '-',
    ];
  });
  const text = table(
    [
      'HOST',
      'BINARY',
      'ZONE',
      'STATUS',
      'STATE',
      'EVIDENCE',
      'FENCE',
      'CONFIDENCE',
      'UPDATED',
      'AGE',
      'REASON',
    ],
    rows,
  );
  terminal.out(terminal.colours ? text.replaceAll(STILL_ALIVE, `\u001b[31;1m${STILL_ALIVE}\u001b[0m`) : text);
  const unwell = services.find(({ state, forced_down }) => state === 'down' || forced_down);
  if (terminal.interactive && unwell !== undefined) {
    terminal.err(`Why is a host down? hostbeat explain ${unwell.host}\n`);
  }
}

/** Fields of a service besides Nova's, with the stream's names, for programs. */
function shownOf(view: OwnView | undefined) {
  if (view === undefined) return {};
  const { evidence, fence, heard_while_forced_down, confidence } = view;
  return {
    ...(evidence === undefined ? {} : { evidence }),
    ...(fence === undefined ? {} : { fence }),
    ...(heard_while_forced_down === undefined ? {} : { heard_while_forced_down }),
    confidence,
  };
}

function fenceText({ forced_down }: NovaService, view: OwnView | undefined): string {
  if (!forced_down) return '-';
  const fence = view?.fence ?? 'none';
  return fence === 'none' ? 'forced_down' : `forced_down, fence ${fence}`;
}

export async function switchService(
  host: string,
  flags: ServiceFlags & { readonly json?: boolean },
  to: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { id } = await findService(http, host, flags.binary);
  const { body } = await http.request<{ service: NovaService }>('PUT', `/v2.1/os-services/${id}`, {
    body: to,
    microversion: MICROVERSION,
  });
  if (flags.json === true) return terminal.out(json(body.service, 2));
  const { status, state, forced_down } = body.service;
  terminal.out(`${host} ${flags.binary}: ${status}, ${state}${forced_down ? ', forced_down' : ''}\n`);
}

export interface ForceDownFlags extends ServiceFlags {
  readonly undo?: boolean;
  readonly reason?: string;
  readonly fence?: string;
}

/** Nova has no field for reason and fence; with one of them the command uses hostbeat's own API, in one call. */
export async function forceDown(host: string, flags: ForceDownFlags, terminal: Terminal): Promise<void> {
  const { undo = false, reason, fence } = flags;
  if (undo && (reason !== undefined || fence !== undefined)) {
    throw new CliError(
      EXIT.usage,
      '--undo takes neither --reason nor --fence: they end with the force-down.',
    );
  }
  if (reason === undefined && fence === undefined) {
    return switchService(host, flags, { forced_down: !undo }, terminal);
  }
  const { http } = await connected(flags, terminal);
  const { id } = await findService(http, host, flags.binary);
  const body = {
    forced_down: true,
    ...(reason === undefined ? {} : { forced_down_reason: reason }),
    ...(fence === undefined ? {} : { fence }),
  };
  const answer = await http.request<OwnService>('PUT', `/v1/services/${id}`, { body });
  const { host_status, fence: state } = answer.body;
  terminal.out(`${host} ${flags.binary}: ${host_status}, forced_down, fence ${state}\n`);
}

interface OwnService extends Readonly<Record<string, unknown>> {
  readonly host_status: string;
  readonly fence: string;
}

export async function showService(
  host: string,
  flags: ServiceFlags & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { id } = await findService(http, host, flags.binary);
  const { body } = await http.get<OwnService>(`/v1/services/${id}`);
  if (flags.json === true) return terminal.out(json(body, 2));
  const names = await actorNames(http);
  const now = Date.now();
  const rows = flat(body).map(([field, value]) => [
    field,
    field === 'forced_down_by' ? (names.get(value) ?? value) : withAges(value, now),
  ]);
  terminal.out(table(['FIELD', 'VALUE'], rows));
}

/** Nested fields under their path, as `liveness.connected`. */
function flat(value: object, within = ''): [string, string][] {
  return Object.entries(value).flatMap(([name, field]): [string, string][] =>
    typeof field === 'object' && field !== null
      ? flat(field, `${within}${name}.`)
      : [[`${within}${name}`, field === null ? '-' : String(field)]],
  );
}

export async function deleteService(host: string, flags: ServiceFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { id } = await findService(http, host, flags.binary);
  await http.request('DELETE', `/v2.1/os-services/${id}`, { microversion: MICROVERSION });
  terminal.out(`${host} ${flags.binary}: deleted\n`);
}

/** @throws CliError `failed` if there is no such service */
async function findService(http: HttpClient, host: string, binary: string): Promise<NovaService> {
  const [service] = await fetchServices(http, { host, binary });
  if (service === undefined)
    throw new CliError(
      EXIT.failed,
      `there is no service ${binary} on host ${host}; "hostbeat services list" shows which exist.`,
    );
  return service;
}

/** The text that lists and the dashboard show for such a service. */
export const STILL_ALIVE = 'still alive: the fence does not hold';

/** The fields of `/v1/services` that the commands show. */
export interface OwnView {
  readonly uuid: string;
  readonly facts: { readonly forced_down: boolean; readonly live: boolean };
  readonly heard_while_forced_down_at: string | null;
  readonly confidence?: string;
  readonly evidence?: string;
  readonly fence?: string;
  readonly heard_while_forced_down?: true;
}

/** The services' fields beyond Nova's API, by uuid. Empty with a real Nova, or for a user who is not an operator. */
export async function ownViews(http: HttpClient): Promise<ReadonlyMap<string, OwnView>> {
  const views = new Map<string, OwnView>();
  let marker: string | null = null;
  do {
    const query: string = marker === null ? '' : `&marker=${encodeURIComponent(marker)}`;
    const { body } = await http.get<{ services?: readonly OwnView[]; next?: string | null } | undefined>(
      `/v1/services?limit=1000${query}`,
      { accept: [401, 403, 404] },
    );
    for (const view of body?.services ?? []) views.set(view.uuid, view);
    marker = body?.next ?? null;
  } while (marker !== null);
  return views;
}

/** Forced down, has reported since, and was not silent since. */
export function isStillAlive(view: OwnView | undefined): boolean {
  return view?.facts.forced_down === true && view.facts.live && view.heard_while_forced_down_at !== null;
}

/** Declared, and never reported. */
export function isNeverHeard(view: OwnView | undefined): boolean {
  return view?.confidence === 'never_heard';
}

export async function fetchServices(
  http: HttpClient,
  filter: { readonly host?: string; readonly binary?: string },
): Promise<readonly NovaService[]> {
  const query = new URLSearchParams();
  if (filter.host !== undefined) query.set('host', filter.host);
  if (filter.binary !== undefined) query.set('binary', filter.binary);
  const path = query.size === 0 ? '/v2.1/os-services' : `/v2.1/os-services?${query}`;
  const { body } = await http.get<{ services: readonly NovaService[] }>(path, { microversion: MICROVERSION });
  return body.services;
}
