/** One HTTP request, answered in time or failed. */
import type { Duration } from '../../domain/clock.ts';
import { parseJson } from '../../parse-json.ts';
import { Failed } from './circuit.ts';

export interface HttpAnswered {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
}

/**
 * A redirect is not followed: it would take our credentials along to somebody nobody named.
 * @throws Failed if there is no answer within `timeout`, body included
 */
export async function request(url: string, init: RequestInit, timeout: Duration): Promise<HttpAnswered> {
  try {
    const signal = AbortSignal.timeout(timeout);
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  } catch (error) {
    throw new Failed(`no answer from ${new URL(url).origin} (${reasonOf(error)})`, { cause: error });
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** `fetch failed` alone helps nobody: what failed is beneath. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return (cause as NodeJS.ErrnoException).code ?? cause.message;
  return error.name === 'TimeoutError' ? 'timed out' : error.message;
}
