/** Certificates of their own for every run, made by openssl: none lies in the repository. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Signed by itself. Undefined where there is no openssl. @param days negative for one that has ended */
export function makeCertificate(name = 'localhost', days = 2): Pair | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const args = ['-keyout', key, '-out', cert, '-days', String(days)];
    execFileSync('openssl', ['req', '-x509', ...kind, ...args, ...subject], { stdio: 'ignore' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
