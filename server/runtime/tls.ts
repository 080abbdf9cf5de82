/** Reads and checks the certificate and its key before the server opens anything with them. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Duration, Instant } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';

/** PEM texts. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** When a certificate, and those above it in its file, are valid. */
export interface Validity {
  readonly from: Instant;
  readonly until: Instant;
}

/** @param files the paths of both files @throws DomainError `invalid` naming the setting, the file and the problem */
export function readTls(files: Tls): Tls {
  const cert = text('HOSTBEAT_TLS_CERT', files.cert);
  const key = text('HOSTBEAT_TLS_KEY', files.key);
  const certificate = tried(
    `HOSTBEAT_TLS_CERT: ${files.cert} contains no certificate (PEM)`,
    () => new X509Certificate(cert),
  );
  const privateKey = tried(
    `HOSTBEAT_TLS_KEY: ${files.key} contains no private key (PEM) without a passphrase`,
    () => createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new DomainError(
      'invalid',
      `HOSTBEAT_TLS_KEY: ${files.key} is not the key of the certificate that comes first in ${files.cert}`,
    );
  }
  // Checks the whole chain, and the system's policy on its algorithms.
  tried(`HOSTBEAT_TLS_CERT: ${files.cert} cannot be used`, () => createSecureContext({ cert, key }));
  return { cert, key };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** A chain is valid while each of its certificates is. */
export function validityOf({ cert }: Pick<Tls, 'cert'>): Validity {
  const chain = (cert.match(CERTIFICATE) ?? [cert]).map((one) => new X509Certificate(one));
  return {
    from: Math.max(...chain.map(({ validFrom }) => Date.parse(validFrom))),
    until: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))),
  };
}

const DAY: Duration = 86_400_000;

/** For people: how long a certificate remains valid, at a given time. */
export function remainingWords({ from, until }: Validity, now: Instant): string {
  const end = new Date(until).toISOString();
  if (now >= until) return `it ended at ${end}`;
  if (now < from) return `it is not valid before ${new Date(from).toISOString()}`;
  const days = Math.floor((until - now) / DAY);
  return `it is valid for ${days === 1 ? '1 day' : `${days} days`} more, until ${end}`;
}

/**
 * Whether the certificate is overdue for renewal: less than a fifth of its lifetime is left, or 14 days if that is
 * shorter.
 */
export function endsSoon({ from, until }: Validity, now: Instant): boolean {
  return until - now < Math.min((until - from) / 5, 14 * DAY);
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
