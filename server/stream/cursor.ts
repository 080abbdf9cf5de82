/**
 * A place in a stream as clients keep it: sealed, so that it reveals nothing, and bound to what the client was shown up
 * to there.
 *
 * `2.EPOCH.SEALED`. The epoch is readable without the key, because a new database has a new key, and its clients must
 * learn that the log is another one, not that their cursor is damaged. The rest is encrypted and authenticated
 * (AES-256-GCM with a key of the database, which can be rotated): the place's number, the lineage entry in which its
 * row was written, the stream, and what was shown of it (policy and filter). All have one length, so that the size
 * reveals nothing either.
 */
import { createCipheriv, createDecipheriv, createHash, randomFillSync } from 'node:crypto';
import type { Cursor } from '../../client-sdk/protocol/cursor.ts';
import type { ResetReason } from '../../client-sdk/protocol/downstream.ts';
import type { NumberedBounds, StreamBounds, StreamName } from '../ports/log.ts';
import { type KeyRing, unrotatedKey } from './cursor-keys.ts';
import { readSignedCursor, type SignedPlace } from './signed-cursor.ts';
import { digestOf, EVERYTHING, type StreamView } from './view.ts';

/** A row of one stream: its number and the lineage entry in which it was written, which are unique together. */
export interface StreamPlace {
  readonly seq: number;
  readonly entry: number;
}

/** Result of a resume: the rows after `after`, or everything again for a reason. */
export type ResumeDecision = { readonly after: StreamPlace } | { readonly reset: ResetReason };

export type BoundsOfView = NumberedBounds & Pick<StreamBounds, 'entry'>;

export interface ResumeContext {
  readonly stream: StreamName;
  /** How much is shown from now on; everything, if absent. */
  readonly view?: StreamView;
  /** In the numbers of the view, as are all places of a client with this view. */
  readonly bounds: BoundsOfView;
  /** A resume replays at most this many rows. */
  readonly maxReplay: number;
  /** The lineage entry in which a row of the stream was written; undefined if the log has no such row. */
  readonly entryAt: (seq: number) => Promise<number | undefined>;
}

const FORM = '2';
const NONCE = 12;
const TAG = 16;
/** Offset of each part in the sealed text. */
const ENTRY = { at: 0, size: 6 } as const;
const SEQ = { at: 6, size: 6 } as const;
const STREAM = { at: 12, size: 12 } as const;
const SHOWN = { at: 24, size: 12 } as const;
const PLAIN = 36;
/** The largest number of a place: 48 bits. */
export const MAX_SEQ = 2 ** 48 - 1;

interface OpenedCursor extends StreamPlace {
  readonly stream: Buffer;
  readonly shown: Buffer;
  /** The time of its key is over. */
  readonly isExpired: boolean;
}

export class Cursors {
  /** Epoch of the log. */
  readonly epoch: string;
  readonly #signingKey: Uint8Array;
  readonly #keys: KeyRing;
  readonly #nonces = new Nonces();

  /** `epoch` must not contain a dot; `signingKey` is the database's own key. Without `keys`, that key seals. */
  constructor(
    log: { readonly epoch: string; readonly signingKey: Uint8Array },
    keys: KeyRing = unrotatedKey(log.signingKey),
  ) {
    this.epoch = log.epoch;
    this.#signingKey = log.signingKey;
    this.#keys = keys;
  }

  /** Changes with the sealing key. */
  get generation(): number {
    return this.#keys.generation;
  }

  seal(stream: StreamName, { seq, entry }: StreamPlace, view: StreamView = EVERYTHING): Cursor {
    const plain = Buffer.allocUnsafe(PLAIN);
    plain.writeUIntBE(entry, ENTRY.at, ENTRY.size);
    plain.writeUIntBE(seq, SEQ.at, SEQ.size);
    streamDigest(stream).copy(plain, STREAM.at);
    digestOf(view).copy(plain, SHOWN.at);
    const nonce = this.#nonces.next();
    const cipher = createCipheriv('aes-256-gcm', this.#keys.sealing, nonce, { authTagLength: TAG });
    cipher.setAAD(Buffer.from(`${FORM}.${this.epoch}`));
    const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return `${FORM}.${this.epoch}.${sealed.toString('base64url')}` as Cursor;
  }

  /**
   * The place that a cursor of ours names in this stream; undefined for any other text.
   * @param view the view whose numbers are wanted: a place reached under another policy has no such number, and is 0
   */
  read(text: string, stream: StreamName, view: StreamView = EVERYTHING): StreamPlace | undefined {
    const parts = parse(text);
    if (parts === undefined) {
      const old = this.#readOld(text);
      if (old?.epoch !== this.epoch || old.stream !== stream) return undefined;
      return { seq: view.visibility === 'all' && !old.isNarrow ? old.seq : 0, entry: 0 };
    }
    if (parts.epoch !== this.epoch) return undefined;
    const opened = this.#open(parts);
    if (opened === undefined || opened.isExpired || !opened.stream.equals(streamDigest(stream)))
      return undefined;
    const isNumbered = view.visibility === 'all' || opened.shown.equals(digestOf(view));
    return { seq: isNumbered ? opened.seq : 0, entry: opened.entry };
  }

  /** Did we make the cursor for a log that a restored backup has replaced? */
  isOfAnotherLog(text: string): boolean {
    const parts = parse(text);
    if (parts !== undefined) return parts.epoch !== this.epoch && this.#open(parts) !== undefined;
    const old = this.#readOld(text);
    return old !== undefined && old.epoch !== this.epoch;
  }

  /** Checks each reason only if those before it do not apply. */
  async judge(text: string, circumstances: ResumeContext): Promise<ResumeDecision> {
    const parts = parse(text);
    if (parts === undefined) return this.#judgeOld(text, circumstances);
    if (parts.epoch !== this.epoch) return { reset: 'epoch' };
    const opened = this.#open(parts) ?? ((await this.#keys.refresh()) ? this.#open(parts) : undefined);
    if (opened === undefined) return { reset: 'invalid' };
    if (opened.isExpired) return { reset: 'expired' };
    const { stream, view = EVERYTHING } = circumstances;
    if (!opened.stream.equals(streamDigest(stream))) return { reset: 'foreign' };
    if (!opened.shown.equals(digestOf(view))) return { reset: 'filter' };
    return judgePlace({ seq: opened.seq, entry: opened.entry }, circumstances);
  }

  /**
   * A cursor of the previous form, without lineage and filter: valid for rows from before the lineage began; the answer
   * has cursors of the new form. A cursor from a client under `unknown-only` counted rows that this policy hides: it no
   * longer names a place.
   */
  async #judgeOld(text: string, circumstances: ResumeContext): Promise<ResumeDecision> {
    const old = readSignedCursor(text, this.#signingKey);
    if (old === undefined) return { reset: 'invalid' };
    if (old.epoch !== this.epoch) return { reset: 'epoch' };
    if (!old.isSigned) return { reset: 'invalid' };
    if (this.#isOver(this.#firstKey)) return { reset: 'expired' };
    const { stream, view = EVERYTHING } = circumstances;
    if (old.stream !== stream) return { reset: 'foreign' };
    if (old.isNarrow || view.visibility === 'unknown-only') return { reset: 'filter' };
    return judgePlace({ seq: old.seq, entry: 0 }, circumstances);
  }

  #readOld(text: string): SignedPlace | undefined {
    const old = readSignedCursor(text, this.#signingKey);
    if (this.#isOver(this.#firstKey)) return undefined;
    return old?.isSigned ? old : undefined;
  }

  /** The key that signed cursors of the previous form. */
  get #firstKey() {
    return this.#keys.all.find(({ id }) => id === 0);
  }

  /** Is the time over in which cursors of this key are accepted? */
  #isOver(key: { readonly until: number } | undefined): boolean {
    return key === undefined || (Number.isFinite(key.until) && key.until <= this.#keys.now());
  }

  #open(parts: Parts): OpenedCursor | undefined {
    for (const key of this.#keys.all) {
      const opened = openedBy(key.key, parts);
      if (opened !== undefined) return { ...opened, isExpired: this.#isOver(key) };
    }
    return undefined;
  }
}

function openedBy(key: Uint8Array, { epoch, sealed }: Parts): Omit<OpenedCursor, 'isExpired'> | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(`${FORM}.${epoch}`));
  decipher.setAuthTag(sealed.subarray(-TAG));
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]);
    return {
      entry: plain.readUIntBE(ENTRY.at, ENTRY.size),
      seq: plain.readUIntBE(SEQ.at, SEQ.size),
      stream: plain.subarray(STREAM.at, STREAM.at + STREAM.size),
      shown: plain.subarray(SHOWN.at, SHOWN.at + SHOWN.size),
    };
  } catch {
    return undefined;
  }
}

/**
 * Is the place part of this log's history, and can the rows after it be replayed? A row with the same number from
 * another lineage entry is another row: somebody restored the database, and the client has seen rows that no longer
 * exist.
 */
async function judgePlace(
  place: StreamPlace,
  { bounds, maxReplay, entryAt }: ResumeContext,
): Promise<ResumeDecision> {
  const { seq, entry } = place;
  if (seq > bounds.head) return { reset: entry === bounds.entry ? 'ahead' : 'epoch' };
  if (seq < bounds.floor - 1) return { reset: 'expired' };
  if (bounds.head - seq > maxReplay) return { reset: 'too_many' };
  const written = await writtenIn(seq, bounds, entryAt);
  // The row was trimmed since the bounds were read.
  if (written === undefined) return { reset: 'expired' };
  return written === entry ? { after: place } : { reset: 'epoch' };
}

async function writtenIn(
  seq: number,
  bounds: BoundsOfView,
  entryAt: ResumeContext['entryAt'],
): Promise<number | undefined> {
  if (seq === bounds.head) return bounds.headEntry;
  if (seq === bounds.floor - 1) return bounds.floorEntry;
  return entryAt(seq);
}

interface Parts {
  readonly epoch: string;
  readonly sealed: Buffer;
}

function parse(text: string): Parts | undefined {
  const [form, epoch, third, fourth] = text.split('.', 4);
  if (form !== FORM || !epoch || third === undefined || fourth !== undefined) return undefined;
  const sealed = Buffer.from(third, 'base64url');
  // Buffer skips characters that are not base64url; a cursor has only one spelling.
  if (sealed.length !== NONCE + PLAIN + TAG || sealed.toString('base64url') !== third) return undefined;
  return { epoch, sealed };
}

/** Names of streams are long-lived and few at a time; at most this many are remembered. */
const MOST_STREAMS = 10_000;
const digests = new Map<StreamName, Buffer>();

function streamDigest(stream: StreamName): Buffer {
  const known = digests.get(stream);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(stream).digest().subarray(0, STREAM.size);
  if (digests.size >= MOST_STREAMS) digests.clear();
  digests.set(stream, digest);
  return digest;
}

/** Random nonces, each used once, fetched many at a time because each call to the system is slow. */
class Nonces {
  readonly #pool = Buffer.alloc(256 * NONCE);
  #used = this.#pool.length;

  next(): Uint8Array {
    if (this.#used === this.#pool.length) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    // A copy, because the pool is filled again.
    const nonce = Uint8Array.prototype.slice.call(this.#pool, this.#used, this.#used + NONCE);
    this.#used += NONCE;
    return nonce;
  }
}
