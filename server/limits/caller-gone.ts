/** Distinguishes a client that hung up from a failure of ours. */
import { CallerGone } from './fair-queue.ts';

/**
 * Did the client hang up, while it waited or in the middle of its body? Nobody reads the answer then, and with one log
 * line for each, any stranger could fill the log.
 */
export function isCallerGone(error: unknown): boolean {
  if (error instanceof CallerGone) return true;
  // How the runtime's HTTP server reports a body that its client did not finish.
  const { message, code } = (error ?? {}) as { readonly message?: unknown; readonly code?: unknown };
  return message === 'aborted' && code === 'ECONNRESET';
}
