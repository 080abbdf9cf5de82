/** Decides what an unexpected answer means for an agent: refused credentials, or an outage. */
import { ownMessage, redirectWords } from '../connection/own-answer.ts';
import { LinkLost, retryAfterMs } from './link.ts';

export interface UnexpectedAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter?: string | null | undefined;
  readonly location?: string | null | undefined;
}

/** @param instead what the agent had sent, in words for a person */
export function linkRefused(url: string, answer: UnexpectedAnswer, instead: string): LinkLost {
  const { status, text } = answer;
  const retryAfter = retryAfterMs(answer.retryAfter);
  const message = ownMessage(text);
  if (status >= 300 && status < 400)
    return new LinkLost('unreachable', redirectWords(url, status, answer.location), retryAfter);
  if ((status === 401 || status === 403) && message !== undefined)
    return new LinkLost(
      'refused',
      `${url} does not accept our credentials (${status})${message === '' ? '' : `: ${message}`}; issue a token by "hostbeat token issue --host …"`,
      retryAfter,
    );
  const by =
    message ?? (status >= 400 && status < 500 ? 'not in the words of hostbeat: is a proxy in between?' : '');
  return new LinkLost(
    'unreachable',
    `${url} answers ${status} ${instead}${by === '' ? '' : `: ${by}`}`,
    retryAfter,
  );
}
