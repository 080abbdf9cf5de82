/** hostbeat's own REST API: every operation below `/v1`, and the health and metrics endpoints. */
import type { DescribedOperation } from '../described.ts';
import { CURSOR_KEY_OPERATIONS } from './cursor-keys.ts';
import { DRILL_OPERATIONS } from './drills.ts';
import { INSTANCE_OPERATIONS } from './instances.ts';
import { HEALTH_OPERATIONS, RECEIVER_OPERATIONS } from './receivers.ts';
import { SERVICE_OPERATIONS } from './services.ts';
import { STREAM_OPERATIONS } from './streams.ts';
import { TOKEN_OPERATIONS } from './tokens.ts';
import { WEBHOOK_OPERATIONS } from './webhooks.ts';

export const OWN_OPERATIONS: readonly DescribedOperation[] = [
  ...STREAM_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...DRILL_OPERATIONS,
  ...TOKEN_OPERATIONS,
  ...CURSOR_KEY_OPERATIONS,
  ...SERVICE_OPERATIONS,
  ...INSTANCE_OPERATIONS,
  ...RECEIVER_OPERATIONS,
  ...HEALTH_OPERATIONS,
];
