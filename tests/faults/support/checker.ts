/**
 * The judge of every run. It knows the protocol and the tables, and nothing of the code that filled them: it replays
 * what followers heard against the log on the disk and against what REST says.
 */
import type { Change, ServiceChange } from '../../../client-sdk/protocol/items.ts';
import { openClient } from '../../../db/sqlite/file/client.ts';
import type { Follower } from './follower.ts';

export interface Evidence {
  readonly followers: readonly Follower[];
  readonly file: string;
  /** Server's id to its owner. */
  readonly owners: ReadonlyMap<string, string>;
  /** host_status of each server when all was quiet. */
  readonly rest: ReadonlyMap<string, string>;
  /** Place in the operators' stream from which on all that live are heard. */
  readonly watchedSince: number;
  /** Hosts that were reported for all the time since. */
  readonly alive?: readonly string[];
  /** Hosts that died, between which instants they were to be called silent. */
  readonly dead?: readonly { readonly host: string; readonly after: number; readonly by: number }[];
  /** Switches that were acknowledged, in order. */
  readonly switched?: readonly { readonly host: string; readonly forcedDown: boolean }[];
  /** Whether a follower may have to start over: after a restored database, for example. */
  readonly resets?: boolean;
}

interface Row {
  readonly stream: string;
  readonly seq: number;
  readonly items: string;
}

export interface Verdict {
  readonly violations: readonly string[];
  /** How much was looked at, for the account. */
  readonly account: string;
}

export function judge(evidence: Evidence): Verdict {
  const client = openClient(evidence.file, { readonly: true });
  const rows = client.prepare('SELECT stream, seq, items FROM log ORDER BY id').all() as Row[];
  client.close();
  const log = new Map<string, Map<number, Row>>();
  for (const row of rows) log.set(row.stream, (log.get(row.stream) ?? new Map()).set(row.seq, row));
  const hosts = rows
    .filter(({ stream }) => stream === 'hosts')
    .flatMap(({ items }) => JSON.parse(items) as ServiceChange[]);
  const violations = [
    ...dense(log),
    ...evidence.followers.flatMap((follower) => [
      ...replayed(follower, log, evidence.resets ?? false),
      ...own(follower, evidence.owners),
      ...agrees(follower, evidence),
    ]),
    ...falselySilent(rows, evidence),
    ...toldInTime(hosts, evidence.dead ?? []),
    ...downs(hosts, evidence),
  ];
  const events = evidence.followers.reduce((sum, follower) => sum + follower.frames('event').length, 0);
  const connections = evidence.followers.reduce((sum, follower) => sum + follower.frames('synced').length, 0);
  return {
    violations,
    account: `I1-I8 checked: ${rows.length} log rows, ${events} events on ${connections} connections of ${evidence.followers.length} followers, ${evidence.rest.size} servers over REST; ${violations.length} violations`,
  };
}

/** I1 on the disk: committed numbers have no hole. */
function* dense(log: ReadonlyMap<string, ReadonlyMap<number, Row>>): Generator<string> {
  for (const [stream, rows] of log) {
    let next = Math.min(...rows.keys());
    for (const seq of rows.keys()) {
      if (seq !== next) yield `I1 log of ${stream}: ${seq} follows ${next - 1}`;
      next = seq + 1;
    }
  }
}

/** I1, I2 and I5: from its first place to the head, each number once, in order, with what the log holds. */
function* replayed(
  { stream, heard }: Follower,
  log: ReadonlyMap<string, ReadonlyMap<number, Row>>,
  resets: boolean,
): Generator<string> {
  const rows = log.get(stream) ?? new Map<number, Row>();
  let last: number | undefined;
  let began = false;
  for (const { frame, connection } of heard) {
    if (frame.type === 'synced') {
      if (began && frame.how !== 'resumed') {
        if (!resets || frame.how !== 'reset') yield `I1 ${stream}: sent ${frame.how} (${frame.reason})`;
        last = undefined;
      }
      began = true;
    }
    if (frame.type !== 'event') continue;
    // Events of a restored past are not in the log any more.
    const row = rows.get(frame.seq);
    if (!resets && row === undefined) yield `I2 ${stream} ${frame.seq}: sent and not in the log`;
    if (!resets && row !== undefined && JSON.stringify(frame.items) !== row.items)
      yield `I2 ${stream} ${frame.seq}: sent ${JSON.stringify(frame.items)}, logged ${row.items}`;
    if (last !== undefined && frame.seq !== last + 1 && frame.seq > last)
      yield `I1 ${stream}: ${frame.seq} after ${last} on connection ${connection}`;
    last = Math.max(last ?? 0, frame.seq);
  }
  const head = Math.max(0, ...rows.keys());
  if (!began) yield `I5 ${stream}: a follower never was in step`;
  else if (last !== undefined && last !== head) yield `I5 ${stream}: heard up to ${last} of ${head}`;
}

function changesOf({ heard, stream }: Follower): Change[] {
  if (stream === 'hosts') return [];
  return heard.flatMap(({ frame }) => (frame.type === 'event' ? (frame.items as Change[]) : []));
}

/** I3. */
function* own(follower: Follower, owners: ReadonlyMap<string, string>): Generator<string> {
  if (follower.stream === 'hosts') return;
  for (const { server_id } of changesOf(follower)) {
    if (`project:${owners.get(server_id)}` !== follower.stream)
      yield `I3 ${follower.stream}: heard of ${server_id}, which is ${owners.get(server_id)}'s`;
  }
}

/** I4: the last word on each server is what REST says; each begins where the one before ended. */
function* agrees(follower: Follower, { rest, resets }: Evidence): Generator<string> {
  if (follower.stream === 'hosts') return;
  const last = new Map<string, string>();
  const seen = new Set<number>();
  for (const { frame } of follower.heard) {
    if (frame.type === 'snapshot')
      for (const item of frame.items)
        if ('server_id' in item) last.set(item.server_id, item.host_status ?? '');
    if (frame.type === 'synced' && frame.how === 'reset') seen.clear();
    if (frame.type !== 'event' || seen.has(frame.seq)) continue;
    seen.add(frame.seq);
    for (const { server_id, from, to } of frame.items as Change[]) {
      const before = last.get(server_id);
      if (!resets && before !== undefined && before !== from)
        yield `I4 ${server_id}: from ${from} after ${before}`;
      last.set(server_id, to ?? '');
    }
  }
  for (const [server, status] of last)
    if (rest.has(server) && rest.get(server) !== status)
      yield `I4 ${server}: sent ${status}, REST says ${rest.get(server)}`;
}

/** I6. */
function* falselySilent(rows: readonly Row[], { alive = [], watchedSince }: Evidence): Generator<string> {
  const living = new Set(alive);
  for (const { stream, seq, items } of rows) {
    if (stream !== 'hosts' || seq <= watchedSince) continue;
    for (const { host, facts, to, at, cause } of JSON.parse(items) as ServiceChange[])
      if (living.has(host) && (!facts?.live || to === 'UNKNOWN'))
        yield `I6 ${host} lives and was called silent at ${at} (${cause})`;
  }
}

/** I7. */
function* toldInTime(
  hosts: readonly ServiceChange[],
  dead: NonNullable<Evidence['dead']>,
): Generator<string> {
  for (const { host, after, by } of dead) {
    const sent = hosts.find(
      (change) => change.host === host && !change.facts?.live && Date.parse(change.at) >= after,
    );
    if (sent === undefined) yield `I7 ${host} died and was never called silent`;
    else if (Date.parse(sent.at) > by)
      yield `I7 ${host} was called silent ${Date.parse(sent.at) - by} ms too late`;
  }
}

/** I8: every acknowledged switch is in the log, in order, and no owner receives anything else than DOWN meanwhile. */
function* downs(hosts: readonly ServiceChange[], { switched, followers }: Evidence): Generator<string> {
  for (const [host, wanted] of Map.groupBy(switched ?? [], (one) => one.host)) {
    const logged = [
      false,
      ...hosts.filter((change) => change.host === host).map((one) => one.facts?.forced_down),
    ];
    let at = 0;
    for (const { forcedDown } of wanted) {
      // To switch to what already is so is acknowledged too, and changes nothing.
      while (at < logged.length && logged[at] !== forcedDown) at += 1;
      if (at === logged.length) {
        yield `I8 ${host}: forced_down=${forcedDown} was acknowledged and is not in the log`;
        break;
      }
    }
  }
  for (const follower of followers)
    for (const { server_id, facts, to } of changesOf(follower))
      if (facts?.forced_down && !facts.disabled && to !== 'DOWN')
        yield `I8 ${server_id}: forced down and sent ${to}`;
}
