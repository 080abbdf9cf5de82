/** The certificate authorities that this process trusts when it connects to others, and how they are renewed. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import * as tls from 'node:tls';
import { DomainError } from '../domain/errors.ts';

/** The variable that gives Node certificate authorities besides its own. Node reads the file once, at its start. */
export const AUTHORITIES_VARIABLE = 'NODE_EXTRA_CA_CERTS';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The file, if one is set and this runtime can reload it. */
export function authoritiesFile(): string | undefined {
  const file = process.env[AUTHORITIES_VARIABLE];
  return file && 'setDefaultCACertificates' in tls && !('Deno' in globalThis) ? file : undefined;
}

/**
 * Makes new connections of this process trust what is in the file now.
 * @returns false if they already trust exactly that
 * @throws DomainError `invalid` for a file without certificates; the previous authorities stay in force
 */
export function renewAuthorities(file: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DomainError(
      'invalid',
      `${AUTHORITIES_VARIABLE}: ${file} cannot be read (${code}); name a file that can`,
    );
  }
  const extra = text.match(CERTIFICATE);
  if (extra === null)
    throw new DomainError('invalid', `${AUTHORITIES_VARIABLE}: ${file} contains no certificate (PEM)`);
  inForce ??= compact(tls.getCACertificates('extra'));
  if (compact(extra) === inForce) return false;
  try {
    tls.setDefaultCACertificates([...others(), ...extra]);
  } catch (error) {
    throw new DomainError(
      'invalid',
      `${AUTHORITIES_VARIABLE}: ${file} cannot be used: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  inForce = compact(extra);
  return true;
}

/** Global, because a process has one set of trusted authorities. Undefined before the first look. */
let inForce: string | undefined;
let withoutFile: readonly string[] | undefined;

/** The authorities trusted besides the file: Node's own, or the system's where Node was started to use those. */
function others(): readonly string[] {
  if (withoutFile === undefined) {
    const ofFile = new Set(tls.getCACertificates('extra'));
    withoutFile = tls.getCACertificates('default').filter((one) => !ofFile.has(one));
  }
  return withoutFile;
}

function compact(certificates: readonly string[]): string {
  return certificates.map((one) => one.replace(/\s/g, '')).join();
}
