/** Encrypts texts that must be readable again, with a key of the database (AES-256-GCM). */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const FORM = 'sealed1.';
const NONCE = 12;
const TAG = 16;

export class SealedTexts {
  readonly #key: Uint8Array;

  /** @param purpose gives each kind of text a key of its own */
  constructor(key: Uint8Array, purpose: string) {
    this.#key = createHmac('sha256', key).update(`hostbeat ${purpose}`).digest();
  }

  /** @param place what the text belongs to: it cannot be decrypted for another place */
  seal(text: string, place: string): string {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG });
    cipher.setAAD(Buffer.from(place));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return FORM + sealed.toString('base64url');
  }

  /**
   * A text that was never sealed is returned as it is. @throws Error if it was changed, moved or sealed with another
   * key
   */
  open(text: string, place: string): string {
    if (!isSealed(text)) return text;
    const sealed = Buffer.from(text.slice(FORM.length), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE), {
      authTagLength: TAG,
    });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8');
  }
}

export function isSealed(text: string): boolean {
  return text.startsWith(FORM);
}
