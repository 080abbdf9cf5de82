/** Settings that limit how much of the edge one peer, and all peers together, may use. */
import type { Option } from './option.ts';

export const EDGE_OPTIONS = {
  maxConnectionsPerAddress: {
    env: 'HOSTBEAT_MAX_CONNECTIONS_PER_ADDRESS',
    type: 'integer',
    default: '20000',
    min: 1,
    value: 'N',
    help: 'How many network connections one client address may have open. Behind a trusted proxy the forwarded address counts.',
  },
  maxUnsentBytes: {
    env: 'HOSTBEAT_MAX_UNSENT_BYTES',
    type: 'bytes',
    default: '268435456',
    min: 1048576,
    value: 'BYTES',
    help: 'How many bytes of unread answers may be in memory, over all clients. Beyond it the slowest connections are closed.',
  },
  maxUnsentBytesPerAddress: {
    env: 'HOSTBEAT_MAX_UNSENT_BYTES_PER_ADDRESS',
    type: 'bytes',
    default: '134217728',
    min: 1048576,
    value: 'BYTES',
    help: 'The same, for one client address.',
  },
  maxUnsentBytesPerConnection: {
    env: 'HOSTBEAT_MAX_UNSENT_BYTES_PER_CONNECTION',
    type: 'bytes',
    default: '67108864',
    min: 1048576,
    value: 'BYTES',
    help: 'The same, for one connection: no answer can be larger than this plus what the network takes at once.',
  },
} as const satisfies Record<string, Option>;
