/**
 * The policy `unknown-only` (Nova's): an owner sees its servers come and go, enter UNKNOWN and leave it, and nothing
 * more. The log numbers what is seen under it by itself: such an owner must not be able to count the rest.
 */
import type { Change, ServiceChange } from '../../client-sdk/protocol/items.ts';

/** Is anything of this item shown to such an owner? Never anything of a service's, or of a drill's. */
export function isSeenUnknownOnly(item: Change | ServiceChange): boolean {
  if (!('server_id' in item) || item.kind === 'drill') return false;
  if (item.kind === 'server_added' || item.kind === 'server_removed') return true;
  return (item.to === 'UNKNOWN') !== (item.from === 'UNKNOWN');
}
