/** Reads and checks the certificate and its key before anything is opened with them. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
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
  const certificate = tried(
    `HOSTBEAT_TLS_CERT: ${files.cert} holds no certificate (PEM)`,
    () => new X509Certificate(cert),
  );
  const privateKey = tried(
    `HOSTBEAT_TLS_KEY: ${files.key} holds no private key (PEM) without a passphrase`,
    () => createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new DomainError(
      'invalid',
      `HOSTBEAT_TLS_KEY: ${files.key} is not the key of the certificate that comes first in ${files.cert}`,
    );
  }
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

function tried<T>(complaint: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new DomainError('invalid', `${complaint}: ${(error as Error).message}`, { cause: error });
  }
}
