/**
 * A place in a stream as clients keep it: `seq.epoch.stream` and a signature, each base64url. Signed, so that nobody
 * can ask for another's stream or for a place that never was; the epoch is readable without the key, because a new
 * database has a new key and its clients must learn that the log is another one, not that their cursor is damaged.
 * A `u` before it says that only entering and leaving UNKNOWN were shown up to there: whoever is shown more, or less,
 * when he comes back cannot go on from what he knows.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Cursor } from '../../client-sdk/protocol/cursor.ts';
import type { ResetReason } from '../../client-sdk/protocol/downstream.ts';
import type { Visibility } from '../identity/policy-port.ts';
import type { StreamBounds, StreamName } from '../store.ts';

export interface Place {
  readonly epoch: string;
  readonly stream: string;
  readonly seq: number;
  /** Was shown under the policy `unknown-only`. */
  readonly narrow?: true;
}

/**
 * What resuming from a cursor comes to: the rows after `after`, or everything anew for a reason. There is none to name
 * where rights have changed since.
 */
export type Verdict = { readonly after: number } | { readonly reset: ResetReason | undefined };

export interface Circumstances {
  readonly stream: StreamName;
  /** How much is shown from now on; all, if it is not said. */
  readonly visibility?: Visibility;
  readonly bounds: StreamBounds;
  /** More rows than this are not replayed. */
  readonly maxReplay: number;
}

/** 128 bits: a forger has one guess per connection. */
const SIGNATURE_BYTES = 16;
const PLACE = /^(u?)(0|[1-9]\d{0,14})\.([^.]+)\.(.+)$/s;

export class Cursors {
  readonly #epoch: string;
  readonly #key: Uint8Array;

  /** `epoch` must hold no dot; `key` is the database's own signing key. */
  constructor(log: { readonly epoch: string; readonly signingKey: Uint8Array }) {
    this.#epoch = log.epoch;
    this.#key = log.signingKey;
  }

  sign(stream: StreamName, seq: number, visibility: Visibility = 'all'): Cursor {
    const mark = visibility === 'unknown-only' ? 'u' : '';
    const place = Buffer.from(`${mark}${seq}.${this.#epoch}.${stream}`);
    return `${place.toString('base64url')}.${this.#signature(place).toString('base64url')}` as Cursor;
  }

  /** The place a cursor of ours names; undefined for any other text. */
  read(text: string): Place | undefined {
    const parsed = parse(text);
    return parsed !== undefined && parsed.place.epoch === this.#epoch && this.#isSigned(parsed)
      ? parsed.place
      : undefined;
  }

  /** Did we sign it for a log that is no more, because a backup took the place of the database? */
  isOfAnotherLog(text: string): boolean {
    const parsed = parse(text);
    return parsed !== undefined && parsed.place.epoch !== this.#epoch && this.#isSigned(parsed);
  }

  /** Each reason is judged only where those before it do not hold. */
  judge(text: string, { stream, visibility, bounds, maxReplay }: Circumstances): Verdict {
    const parsed = parse(text);
    if (parsed === undefined) return { reset: 'invalid' };
    const { place } = parsed;
    if (place.epoch !== this.#epoch) return { reset: 'epoch' };
    if (!this.#isSigned(parsed)) return { reset: 'invalid' };
    if (place.stream !== stream) return { reset: 'foreign' };
    if ((place.narrow ?? false) !== (visibility === 'unknown-only')) return { reset: undefined };
    if (place.seq > bounds.head) return { reset: 'ahead' };
    if (place.seq < bounds.floor - 1) return { reset: 'expired' };
    if (bounds.head - place.seq > maxReplay) return { reset: 'too_many' };
    return { after: place.seq };
  }

  #isSigned({ signed, signature }: Parsed): boolean {
    return signature.length === SIGNATURE_BYTES && timingSafeEqual(signature, this.#signature(signed));
  }

  #signature(place: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(place).digest().subarray(0, SIGNATURE_BYTES);
  }
}

interface Parsed {
  readonly place: Place;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

function parse(text: string): Parsed | undefined {
  const [first, second, third] = text.split('.', 3);
  if (first === undefined || second === undefined || third !== undefined) return undefined;
  const signed = Buffer.from(first, 'base64url');
  const signature = Buffer.from(second, 'base64url');
  // Buffer passes over what is not base64url; a cursor has one spelling only.
  if (signed.toString('base64url') !== first || signature.toString('base64url') !== second) return undefined;
  const [, mark, seq, epoch, stream] = PLACE.exec(signed.toString()) ?? [];
  if (seq === undefined || epoch === undefined || stream === undefined) return undefined;
  const narrow = mark === 'u' ? { narrow: true as const } : {};
  return { place: { seq: Number(seq), epoch, stream, ...narrow }, signed, signature };
}
