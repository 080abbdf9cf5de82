import type { StreamKind } from '../protocol/upstream.ts';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';

/**
 * Connects at once and reconnects until closed. Listeners added in the same turn miss nothing.
 * @throws UsageError for an option that cannot work
 */
export function connect<K extends StreamKind = 'project'>(options: ClientOptions<K>): Client<K> {
  return new Client(options);
}
