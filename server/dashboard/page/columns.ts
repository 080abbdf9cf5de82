import type { Change, ServerState, ServiceChange, ServiceState } from '../../../client-sdk/src/index.ts';
import { isFenceBroken } from '../../../client-sdk/src/index.ts';
import { causeName } from '../../../client-sdk/src/support/cause-name.ts';
import { make, timeOf } from './dom.ts';
import { badge, labelOf, STILL_ALIVE } from './status.ts';

/** What a board shows of a state: the same for servers and services. */
export interface Shape<State, Item> {
  readonly title: string;
  /** The noun for one row; the plural has an `s`. */
  readonly noun: string;
  readonly columns: readonly string[];
  /** The columns. The first is the row's name. */
  cells(state: State): (string | Node)[];
  /** The text that a search matches, and that sorts rows of one status. */
  text(state: State): string;
  /** A change in one sentence, without its actor. */
  sentence(change: Item): string;
  actor(change: Item): string | undefined;
  /** The reader's name for the row, and the path that explains it. */
  name(state: State): string;
  explanation(state: State): string;
}

export const SERVERS: Shape<ServerState, Change> = {
  title: 'Servers of the project',
  noun: 'server',
  columns: ['Server', 'Host status', 'Since', 'Also', 'Id'],
  cells: (state) => [
    state.name,
    badge(state.host_status),
    state.since === undefined ? '' : timeOf(state.since),
    facts(state),
    make('code', state.server_id),
  ],
  text: (state) => `${state.name} ${state.server_id}`,
  sentence: (change) => `${change.name}: ${whatOf(change)}`,
  actor: () => undefined,
  name: ({ name }) => name,
  explanation: ({ server_id }) => `/v1/explain?server=${encodeURIComponent(server_id)}`,
};

export const SERVICES: Shape<ServiceState, ServiceChange> = {
  title: 'Hosts',
  noun: 'service',
  columns: ['Zone', 'Host', 'Service', 'Host status', 'Since', 'Servers', 'Also'],
  cells: (state) => [
    state.zone,
    state.host,
    state.binary,
    badge(state.host_status),
    timeOf(state.since),
    String(state.servers),
    facts(state),
  ],
  text: (state) => `${state.zone} ${state.host} ${state.binary}`,
  sentence: (change) =>
    `${change.host} ${change.binary}: ${whatOf(change)}${change.servers > 0 ? `, ${change.servers} ${change.servers === 1 ? 'server' : 'servers'}` : ''}`,
  actor: ({ actor }) => actor,
  name: ({ host, binary }) => `${host} ${binary}`,
  explanation: ({ service_id }) => `/v1/services/${encodeURIComponent(service_id)}/explain`,
};

/** Facts that the status hides: its order of precedence shows one fact and hides the others. */
function facts(state: ServerState | ServiceState): Node {
  const all = [
    state.facts?.forced_down && state.host_status !== 'DOWN' && 'forced down',
    state.facts?.disabled && state.host_status !== 'MAINTENANCE' && 'disabled',
    state.facts?.live === false && state.host_status !== 'UNKNOWN' && 'silent',
    'fence' in state && state.fence && state.fence !== 'none' && `fence ${state.fence}`,
    state.reason,
  ];
  const cell = make('span', all.filter(Boolean).join(', '));
  // Shown first: the old and the new instance of an application may both be running.
  if (isFenceBroken(state)) cell.prepend(make('strong', STILL_ALIVE, 'badge down'), ' ');
  return cell;
}

function whatOf(change: Change | ServiceChange): string {
  const { kind, from, to } = change;
  const because = causeName(change).replaceAll('_', ' ');
  if (kind === 'transition') return `${labelOf(from)} → ${labelOf(to)} (${because})`;
  if (isFenceBroken(change)) return `${labelOf(to)}, ${STILL_ALIVE} (${because})`;
  if (kind === 'annotation') return `still ${labelOf(to)} (${because})`;
  return `${kind.replaceAll('_', ' ')} (${because})`;
}
