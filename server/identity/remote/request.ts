/** One HTTP request, which is answered in time and in bounded size, or fails. */
import type { Duration } from '../../domain/clock.ts';
import { parseJson } from '../../parse-json.ts';
import { Failed } from './circuit.ts';

export interface HttpAnswered {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined if it is not JSON. */
  readonly body: unknown;
}

/** Bytes. A token with a thousand roles, or an issuer's thousand keys, have some hundred kilobytes. */
export const LARGEST_ANSWER = 4 * 1024 * 1024;

/**
 * Follows no redirect: it would take our credentials to a host that no setting names.
 * @throws Failed without an answer within `timeout`, body included, or for one that is too large
 */
export async function request(url: string, init: RequestInit, timeout: Duration): Promise<HttpAnswered> {
  try {
    const signal = AbortSignal.timeout(timeout);
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    const text = await textOf(response);
    return { status: response.status, headers: response.headers, body: parsed(text) };
  } catch (error) {
    throw new Failed(`no answer from ${new URL(url).origin} (${reasonOf(error)})`, { cause: error });
  }
}

/** Leaving the loop closes the connection: nothing beyond the limit is read. */
async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > LARGEST_ANSWER) throw new Error(`more than ${LARGEST_ANSWER} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** The message `fetch failed` alone does not help: the cause says what failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return (cause as NodeJS.ErrnoException).code ?? cause.message;
  return error.name === 'TimeoutError' ? 'timed out' : error.message;
}
