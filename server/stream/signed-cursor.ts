/**
 * Reads the previous form of cursors: `seq.epoch.stream` and a signature, each base64url, with a `u` before it under
 * the policy `unknown-only`. Only for clients that kept such a cursor; the hub no longer makes any.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedPlace {
  readonly epoch: string;
  readonly stream: string;
  readonly seq: number;
  readonly isNarrow: boolean;
  readonly isSigned: boolean;
}

const SIGNATURE_BYTES = 16;
const PLACE = /^(u?)(0|[1-9]\d{0,13})\.([^.]+)\.(.+)$/s;

/** Undefined for a text that never was such a cursor. */
export function readSignedCursor(text: string, key: Uint8Array): SignedPlace | undefined {
  const [first, second, third] = text.split('.', 3);
  if (first === undefined || second === undefined || third !== undefined) return undefined;
  const signed = Buffer.from(first, 'base64url');
  const signature = Buffer.from(second, 'base64url');
  // Buffer skips characters that are not base64url; a cursor has only one spelling.
  if (signed.toString('base64url') !== first || signature.toString('base64url') !== second) return undefined;
  const [, mark, seq, epoch, stream] = PLACE.exec(signed.toString()) ?? [];
  if (seq === undefined || epoch === undefined || stream === undefined) return undefined;
  const right = createHmac('sha256', key).update(signed).digest().subarray(0, SIGNATURE_BYTES);
  const isSigned = signature.length === SIGNATURE_BYTES && timingSafeEqual(signature, right);
  return { epoch, stream, seq: Number(seq), isNarrow: mark === 'u', isSigned };
}
