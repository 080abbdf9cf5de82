/**
 * G3: how much of a stream somebody may be shown, written down a second time: what the policy leaves, then what his own
 * filter asks for. Under `unknown-only` he sees servers come and go, enter UNKNOWN and leave it, and nothing more.
 */
import type { Item, KnownState, Row } from './history.ts';

export interface Sight {
  readonly isNarrow: boolean;
  /** Only what comes from or goes to one of these. */
  readonly wanted: ReadonlySet<string> | undefined;
}

type Status = string | null | undefined;

const UNKNOWN = 'UNKNOWN';
const NARROW_FIELDS = ['kind', 'server_id', 'name', 'host_id', 'from', 'to', 'cause', 'at', 'observed'];
/** Causes that tell of nothing but silence and sound. */
const NARROW_CAUSES = ['timeout', 'connection_lost', 'goodbye', 'mass', 'placement', 'heartbeat'];

/** `null` says that a server is not there, and hides nothing. */
function visible(status: Status, { isNarrow }: Sight): Status {
  return !isNarrow || status === UNKNOWN || status === null ? status : undefined;
}

function isWanted(status: Status, { wanted }: Sight): boolean {
  return wanted === undefined || (typeof status === 'string' && wanted.has(status));
}

export function isShown(item: Item, sight: Sight): boolean {
  const comesOrGoes = item.kind === 'server_added' || item.kind === 'server_removed';
  if (sight.isNarrow && item.kind === 'drill') return false;
  if (sight.isNarrow && !comesOrGoes && (item.from === UNKNOWN) === (item.to === UNKNOWN)) return false;
  const { wanted } = sight;
  if (wanted === undefined) return true;
  if (isWanted(visible(item.from, sight), sight) || isWanted(visible(item.to, sight), sight)) return true;
  if (item.kind === 'annotation' || item.kind.endsWith('_removed')) return !sight.isNarrow || comesOrGoes;
  if (sight.isNarrow) return false;
  const hid = { MAINTENANCE: 'DOWN', DOWN: 'MAINTENANCE' }[item.from ?? ''];
  return (
    isHiddenFact(wanted, item.facts) ||
    (hid !== undefined && wanted.has(hid) && ENDS_FACTS.includes(item.cause))
  );
}

/** What may end a fact that the status before had hidden. */
const ENDS_FACTS = ['forced_down', 'disabled', 'placement', 'service_removed'];

function isHiddenFact(wanted: ReadonlySet<string>, facts: Item['facts'] | undefined): boolean {
  return (
    (wanted.has('DOWN') && facts?.forced_down === true) ||
    (wanted.has('MAINTENANCE') && facts?.disabled === true)
  );
}

/** Is this what is to be sent of what was committed? */
export function isRendering(sent: readonly Item[], items: readonly Item[], sight: Sight): boolean {
  const due = items.filter((item) => isShown(item, sight));
  if (!sight.isNarrow) return JSON.stringify(sent) === JSON.stringify(due);
  return sent.length === due.length && sent.every((item, index) => isNarrowed(item, due[index] as Item));
}

function isNarrowed(sent: Item, full: Item): boolean {
  const sight = { isNarrow: true, wanted: undefined };
  return (
    Object.keys(sent).every((field) => NARROW_FIELDS.includes(field)) &&
    NARROW_CAUSES.includes(sent.cause) &&
    sent.server_id === full.server_id &&
    sent.host_id === full.host_id &&
    sent.from === visible(full.from, sight) &&
    sent.to === visible(full.to, sight)
  );
}

/** Does none of these rows show anything? Then they are passed over in silence. */
export function isSilence(rows: readonly Row[], sight: Sight): boolean {
  return rows.every(({ items }) => !items.some((item) => isShown(item, sight)));
}

/** Do these two say the same, as far as it may be seen? */
export function isSameTo(
  sight: Sight,
  reported: KnownState | undefined,
  shown: KnownState | undefined,
): boolean {
  const one = seen(reported, sight);
  const other = seen(shown, sight);
  if (one === undefined || other === undefined) return one === other;
  if (one.status !== other.status) return false;
  // Where a hidden status stays hidden, a move is not sent.
  return sight.isNarrow
    ? shown?.facts === undefined
    : reported?.hostId === shown?.hostId && JSON.stringify(reported?.facts) === JSON.stringify(shown?.facts);
}

function seen(it: KnownState | undefined, sight: Sight): { readonly status: string } | undefined {
  if (it === undefined) return undefined;
  const status = visible(it.status, sight) ?? '';
  if (isWanted(status, sight)) return { status };
  const { isNarrow, wanted } = sight;
  const isFact = !isNarrow && wanted !== undefined && isHiddenFact(wanted, it.facts);
  return isFact ? { status } : undefined;
}

/** Of the rows that show something under `unknown-only`, the place of the `n`th; 0 for none. */
export function placeUnknownOnly(rows: readonly Row[], n: number): number {
  return n === 0 ? 0 : (unknownOnly(rows)[n - 1] ?? Number.NaN);
}

/** How many of them there are up to a place. */
export function countUnknownOnly(rows: readonly Row[], upTo: number): number {
  return unknownOnly(rows).filter((seq) => seq <= upTo).length;
}

function unknownOnly(rows: readonly Row[]): readonly number[] {
  const sight = { isNarrow: true, wanted: undefined };
  return rows.flatMap(({ seq, items }) => (items.some((item) => isShown(item, sight)) ? [seq] : []));
}
