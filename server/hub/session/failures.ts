/** What a connection sends after an internal failure: the client reconnects and resumes. */
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Outlet } from '../delivery/outbox.ts';
import { RELIEF } from './welcome.ts';

/** @param unexpected called with an error that the client cannot fix */
export function sendFailure(outlet: Outlet, error: unknown, unexpected: (error: unknown) => void): void {
  if (error instanceof DomainError && error.code === 'too_many') {
    outlet.refuse('limit', error.message, CLOSE.limit);
  } else if (error instanceof DomainError && error.code === 'unavailable') {
    outlet.say({ type: 'error', code: 'unavailable', message: error.message });
    outlet.say({ type: 'drain', reconnect_in_ms: RELIEF });
    outlet.close(CLOSE.overloaded);
  } else {
    unexpected(error);
    outlet.refuse('internal', 'internal error', CLOSE.internal);
  }
}
