import { DomainError, retryAfterOf } from '../../domain/errors.ts';
import { type Asker, pastQueue } from '../../explain/past-queue.ts';
import { refusal, refused } from '../../socket/handshake.ts';
import { RETRY_SECONDS } from './admission.ts';

/** Answers a question about the past when its turn comes, or refuses it with 429 or 503 and when to ask again. */
export async function inPastQueue(
  asker: Asker,
  signal: AbortSignal,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    return await pastQueue.run(asker, answer, signal);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, message } = error;
    if (code !== 'too_many' && code !== 'unavailable') throw error;
    const status = code === 'too_many' ? 429 : 503;
    return refused(refusal(status, code, message, retryAfterOf(error) ?? RETRY_SECONDS));
  }
}
