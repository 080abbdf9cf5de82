/** One attempt to deliver one message. */
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { Duration } from '../../domain/clock.ts';
import { SERVER } from '../../version.ts';
import type { Target, Targets } from '../targets.ts';
import type { DeliveryMessage } from './messages.ts';

export type PostOutcome =
  | { readonly delivered: true }
  | {
      readonly delivered: false;
      /** The reason of a failure, in words that the owner may read. */
      readonly error: string;
      /** The pause that the endpoint asked for. */
      readonly retryAfter?: Duration;
      /** The endpoint asked never to be called again. */
      readonly gone?: true;
    };

export interface PostOptions {
  readonly targets: Targets;
  /** The project whose limit the name look-up counts against. */
  readonly projectId: string;
  readonly timeout: Duration;
  /** Aborts the attempt. */
  readonly signal?: AbortSignal | undefined;
}

export async function post(
  url: URL,
  message: DeliveryMessage,
  signature: Readonly<Record<string, string>>,
  { targets, projectId, timeout, signal: calledOff }: PostOptions,
): Promise<PostOutcome> {
  const late = AbortSignal.timeout(timeout);
  const signal = calledOff === undefined ? late : AbortSignal.any([late, calledOff]);
  try {
    const target = await within(targets.resolve(url, projectId), signal);
    return await send(url, target, message, signature, signal);
  } catch (error) {
    return {
      delivered: false,
      error: late.aborted ? `no answer within ${timeout / 1_000} s` : reasonOf(error),
    };
  }
}

/** Posts to the checked address, under the URL's own host name. A redirect is an answer and is not followed. */
function send(
  url: URL,
  { address, family }: Target,
  message: DeliveryMessage,
  signature: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<PostOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<PostOutcome>();
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const request = (url.protocol === 'https:' ? secure : plain)({
    method: 'POST',
    host: address,
    family,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
    // TLS does not allow an IP address as a server name (RFC 6066).
    ...(host === address ? {} : { servername: host }),
    headers: {
      Host: url.host,
      'User-Agent': `${SERVER.name}/${SERVER.version}`,
      'Content-Length': String(Buffer.byteLength(message.body)),
      Connection: 'close',
      ...message.headers,
      ...signature,
    },
    agent: false,
    signal,
  });
  request.on('error', reject);
  // The fallback for every other end: an answer that changes the protocol is neither an answer nor an error.
  request.on('close', () => reject(new Error('the connection ended without an answer')));
  request.on('response', (response) => {
    // Only the status matters; the body could be endless.
    response.on('error', () => undefined);
    request.destroy();
    resolve(outcomeOf(response.statusCode ?? 0, pauseOf(response.headers, Date.now())));
  });
  request.end(message.body);
  return promise;
}

/**
 * `Retry-After` in either form, a number of seconds or an HTTP date. A date is compared with the sender's own `Date`
 * where it sends one. The caller limits the result.
 */
export function pauseOf(
  headers: { readonly 'retry-after'?: string | undefined; readonly date?: string | undefined },
  now: number,
): Duration | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const sent = Date.parse(headers.date ?? '');
  return Math.max(0, at - (Number.isNaN(sent) ? now : sent));
}

function outcomeOf(status: number, retryAfter: Duration | undefined): PostOutcome {
  if (status >= 200 && status < 300) return { delivered: true };
  const pause = retryAfter === undefined ? {} : { retryAfter };
  if (status >= 300 && status < 400) {
    return { delivered: false, error: `it answered ${status}, and redirects are not followed` };
  }
  return {
    delivered: false,
    error: `it answered ${status}`,
    ...pause,
    ...(status === 410 ? { gone: true as const } : {}),
  };
}

/** Other deliveries may share the look-up: the wait for it ends, the look-up goes on. */
function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return message;
  return code === 'ECONNREFUSED' ? 'the connection was refused' : `the connection failed (${code})`;
}
