/** The content of a cursor, read with the database's key: a client cannot, a test may. */
import { createDecipheriv, createHash, createHmac } from 'node:crypto';

export interface UnsealedPlace {
  /** Under `unknown-only` the number that rows have there. */
  readonly seq: number;
  readonly epoch: string;
  /** Reached under `unknown-only`. */
  readonly isNarrow: boolean;
}

/** @param statuses the filter that it was reached under, so that the policy can be seen */
export function placeOf(
  cursor: string,
  signingKey: Uint8Array,
  statuses?: ReadonlySet<string> | undefined,
): UnsealedPlace {
  const [form = '', epoch = '', sealed = ''] = cursor.split('.');
  const bytes = Buffer.from(sealed, 'base64url');
  const key = createHmac('sha256', signingKey).update('hostbeat cursor 2').digest();
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAAD(Buffer.from(`${form}.${epoch}`));
  decipher.setAuthTag(bytes.subarray(-16));
  const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  const narrow = JSON.stringify([
    'unknown-only 2',
    null,
    statuses === undefined ? null : [...statuses].sort(),
  ]);
  const shown = createHash('sha256').update(narrow).digest().subarray(0, 12);
  return { seq: plain.readUIntBE(6, 6), epoch, isNarrow: plain.subarray(24).equals(shown) };
}
