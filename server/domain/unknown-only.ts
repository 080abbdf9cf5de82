/**
 * The policy `unknown-only` (Nova's): an owner sees its servers appear and disappear, enter UNKNOWN and leave it, and
 * nothing more. The log gives the rows seen under it their own numbers: such an owner must not be able to count the
 * others.
 */
import type { Change, ServiceChange } from '../../client-sdk/protocol/items.ts';

/** Does such an owner see anything of this item? Never of a service's item, or of a drill's. */
export function isSeenUnknownOnly(item: Change | ServiceChange): boolean {
  if (!('server_id' in item) || item.kind === 'drill') return false;
  if (item.kind === 'server_added' || item.kind === 'server_removed') return true;
  return (item.to === 'UNKNOWN') !== (item.from === 'UNKNOWN');
}
