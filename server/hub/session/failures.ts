/** What a connection sends after an internal failure: the client reconnects and resumes. */
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Outbox } from '../delivery/outbox.ts';
import { RELIEF } from './welcome.ts';

/** @param unexpected called with an error that the client cannot fix */
export function sendFailure(outbox: Outbox, error: unknown, unexpected: (error: unknown) => void): void {
  if (error instanceof DomainError && error.code === 'too_many') {
    outbox.refuse('limit', error.message, CLOSE.limit);
  } else if (error instanceof DomainError && error.code === 'unavailable') {
    outbox.send({ type: 'error', code: 'unavailable', message: error.message });
    outbox.send({ type: 'drain', reconnect_in_ms: RELIEF });
    outbox.close(CLOSE.overloaded);
  } else {
    unexpected(error);
    outbox.refuse('internal', 'internal error', CLOSE.internal);
  }
}
