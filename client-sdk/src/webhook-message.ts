/** Verifies and parses a webhook's message: Standard Webhooks, by the platform's WebCrypto. */
import type { WebhookMessage } from '../protocol/webhook.ts';
import { HostbeatError, UsageError } from './errors.ts';
import { checkMs } from './support/numbers.ts';

/** The platform's `Headers`, or the headers of Node's http. */
export type HeadersLike = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** How far the sender's clock may be off, and how long a recorded message could be replayed; ms. Default 300 000. */
  readonly toleranceMs?: number | undefined;
  /** Wall clock, ms. Default Date.now. */
  readonly now?: (() => number) | undefined;
}

/** The message does not come from a sender with the secret, or is too old: answer 401, and do nothing. */
export class WebhookVerificationError extends HostbeatError {
  constructor(problem: string) {
    super(`the webhook's message is not genuine: ${problem}`);
  }

  /** The same message will be refused again. */
  override shouldRetry(): boolean {
    return false;
  }
}

/**
 * The most signatures that are checked: more than a rotation needs. Each one costs the receiver a hash of the body, and
 * its sender nothing.
 */
const MAX_SIGNATURES = 8;

/**
 * Verifies a message of the format `cloudevents`.
 * @param headers in any case, `webhook-id` or `Webhook-Id`, as the framework writes them
 * @param body exactly as received, as text or bytes: JSON that was parsed and serialised again has another signature
 * @param secret `whsec_…`, or several of them while one is replaced by another
 * @throws WebhookVerificationError; UsageError for a secret, a body or an option of the wrong form
 */
export async function verifyWebhook(
  headers: HeadersLike,
  body: string | ArrayBuffer | ArrayBufferView,
  secret: string | readonly string[],
  { toleranceMs = 300_000, now = Date.now }: VerifyOptions = {},
): Promise<WebhookMessage> {
  checkMs('toleranceMs', toleranceMs);
  const bytes = bytesOfBody(body);
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
    header(headers, `webhook-${name}`),
  );
  if (!id || !timestamp || !signatures) {
    throw new WebhookVerificationError(
      'a header is missing: webhook-id, webhook-timestamp or webhook-signature',
    );
  }
  // Also refuses NaN.
  if (!(Math.abs(now() - Number(timestamp) * 1_000) <= toleranceMs)) {
    throw new WebhookVerificationError(`its timestamp is more than ${toleranceMs} ms away from this clock`);
  }
  const signed = joined(encoder.encode(`${id}.${timestamp}.`), bytes);
  const given = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .slice(0, MAX_SIGNATURES)
    .flatMap((signature) => bytesOf(signature.slice(3)) ?? []);
  for (const one of typeof secret === 'string' ? [secret] : secret) {
    const key = await keyOf(one);
    for (const signature of given) {
      // Compares in constant time on every platform.
      if (await crypto.subtle.verify('HMAC', key, signature, signed))
        return JSON.parse(new TextDecoder().decode(bytes)) as WebhookMessage;
    }
  }
  throw new WebhookVerificationError('no signature of it was made with the secret');
}

const encoder = new TextEncoder();
const PREFIX = 'whsec_';

/** @throws UsageError */
async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = secret.startsWith(PREFIX) ? bytesOf(secret.slice(PREFIX.length)) : undefined;
  if (bytes === undefined || bytes.length === 0) {
    throw new UsageError(
      `the secret must be "${PREFIX}" and base64, as it was shown when the webhook was made`,
    );
  }
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function header(headers: HeadersLike, name: string): string | undefined {
  if (isHeaders(headers)) return headers.get(name) ?? undefined;
  const found = Object.keys(headers).find((key) => key.toLowerCase() === name);
  const value = found === undefined ? undefined : headers[found];
  return typeof value === 'object' ? value.join(' ') : value;
}

/** By shape, not by class: a Buffer or an ArrayBuffer may come from another realm. @throws UsageError */
function bytesOfBody(body: unknown): Uint8Array {
  if (typeof body === 'string') return encoder.encode(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]')
    return new Uint8Array(body as ArrayBuffer);
  throw new UsageError('the body must be as it came, as text or bytes, and not parsed');
}

/** Not by class: a framework may have its own. */
function isHeaders(headers: HeadersLike): headers is Headers {
  return typeof headers.get === 'function';
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

/** Undefined if the text is not base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
