/** One state or change as one line of text. Names come from strangers and are escaped. */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Change, ServerState, ServiceChange, ServiceState } from '../../../client-sdk/protocol/items.ts';
import { isFenceBroken } from '../../../client-sdk/src/index.ts';
import { causeName } from '../../../client-sdk/src/support/cause-name.ts';
import { STILL_ALIVE } from '../services/run.ts';
import { ageText, printable } from '../support/text.ts';

export type AnyState = ServerState | ServiceState;
export type AnyChange = Change | ServiceChange;

const COLOUR: Record<HostStatus, string> = {
  UP: '32',
  UNKNOWN: '33',
  DOWN: '31;1',
  MAINTENANCE: '36',
  '': '2',
};

/** `-` for a server without a host, `?` where the policy hides it. */
export function statusText(status: HostStatus | null | undefined, colours: boolean, width = 0): string {
  const text = (status === undefined || status === null ? '?' : status === '' ? '-' : status).padEnd(width);
  return colours ? `\u001b[${COLOUR[status ?? '']}m${text}\u001b[0m` : text;
}

export function nameOf(item: AnyState | AnyChange): string {
  return printable('server_id' in item ? item.name : `${item.host} ${item.binary}`);
}

export function idOf(item: AnyState | AnyChange): string {
  return printable('server_id' in item ? item.server_id : item.service_id);
}

/** Facts that a person should see beside the status, whose order of precedence hides some of them. */
export function factsText(facts: AnyState['facts'], status: HostStatus | null | undefined): string {
  if (facts === undefined || status === '') return '';
  const words = [facts.forced_down && 'forced_down', facts.disabled && 'disabled', !facts.live && 'silent'];
  return words.filter(Boolean).join(' ');
}

/** A warning if the host is forced down and still reports, else empty. It is shown first. */
export function fenceText(item: AnyState | AnyChange, colours: boolean): string {
  if (!isFenceBroken(item)) return '';
  return colours ? `\u001b[31;1m${STILL_ALIVE}\u001b[0m` : STILL_ALIVE;
}

/** Marks a status that a drill shows, and the end of the drill; else empty. */
export function drillText(item: AnyState | AnyChange): string {
  if (!('drill' in item) || item.drill === undefined) return '';
  return item.drill.ended === true ? 'the drill is over' : 'in a drill';
}

export function causeText(change: AnyChange): string {
  return printable(causeName(change));
}

/** A dash stands for an unknown time. */
function sinceText(since: string | undefined, now: number): string {
  return since === undefined ? '-' : `${since} (${ageText(since, now)})`;
}

/** Joins the texts that are not empty with a space. */
function joined(first: string, ...rest: readonly string[]): string {
  return [first, ...rest.filter((text) => text !== '')].join(' ');
}

/** The present state, sorted by name. */
export function stateLines(
  states: readonly AnyState[],
  colours: boolean,
  now: number = Date.now(),
): readonly string[] {
  return [...states]
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
    .map((state) =>
      `${sinceText(state.since, now)} ${statusText(state.host_status, colours, 11)} ${nameOf(state)} ${idOf(state)} ${joined(factsText(state.facts, state.host_status), drillText(state), fenceText(state, colours))}`.trimEnd(),
    );
}

export function changeLine(change: AnyChange, colours: boolean): string {
  const from = change.from === change.to ? '' : ` (was ${statusText(change.from, false)})`;
  const what = change.kind === 'transition' ? '' : ` ${change.kind}`;
  const facts = factsText(change.facts, change.to);
  return `${change.at} ${statusText(change.to, colours, 11)} ${nameOf(change)} ${idOf(change)}${from}${what} by ${causeText(change)}${joined('', facts && `[${facts}]`, drillText(change), fenceText(change, colours))}`.trimEnd();
}
