/** The certificate and its key, read and tried before anything is opened with them. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { DomainError } from '../domain/errors.ts';

/** PEM texts. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/**
 * @param files where they are
 * @throws DomainError `invalid` naming the setting, the file and what is wrong with it
 */
export function readTls(files: Tls): Tls {
  const cert = text('HOSTBEAT_TLS_CERT', files.cert);
  const key = text('HOSTBEAT_TLS_KEY', files.key);
  tried('HOSTBEAT_TLS_CERT', `${files.cert} holds no certificate (PEM)`, { cert });
  tried('HOSTBEAT_TLS_KEY', `${files.key} holds no private key (PEM) without a passphrase`, { key });
  tried('HOSTBEAT_TLS_KEY', `${files.key} is not the key of the certificate in ${files.cert}`, { cert, key });
  return { cert, key };
}

function text(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DomainError('invalid', `${setting}: ${file} cannot be read (${code}); name a file that can`);
  }
}

function tried(setting: string, complaint: string, pem: Partial<Tls>): void {
  try {
    createSecureContext(pem);
  } catch (error) {
    const { message } = error as Error;
    throw new DomainError('invalid', `${setting}: ${complaint}: ${message}`);
  }
}
