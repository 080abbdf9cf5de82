/** Tells a client that hung up from a failure of ours. */
import { CallerGone } from './fair-queue.ts';

/**
 * Did the client hang up, while it waited or in the middle of its body? Nobody reads the answer then, and a line in the
 * log for each would let any stranger fill it.
 */
export function isCallerGone(error: unknown): boolean {
  if (error instanceof CallerGone) return true;
  // How the runtime's HTTP server ends a body that its client does not finish.
  const { message, code } = (error ?? {}) as { readonly message?: unknown; readonly code?: unknown };
  return message === 'aborted' && code === 'ECONNRESET';
}
