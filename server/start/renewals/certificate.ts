/**
 * The server's own certificate: read before the server opens anything, renewed while it runs, with a metric of its
 * expiry.
 */
import { DomainError } from '../../domain/errors.ts';
import type { Edge } from '../../runtime/edge.ts';
import { endsSoon, readTls, remainingWords, type Tls, validityOf } from '../../runtime/tls.ts';
import { gauge } from '../../telemetry/metrics.ts';
import type { Core } from '../core.ts';
import type { Renewals } from './renewals.ts';

/** @throws DomainError `invalid` for unusable files */
export function readCertificate({ config, clock, logger }: Core): Tls | undefined {
  if (config.tls === undefined) return undefined;
  const tls = readTls(config.tls);
  const validity = validityOf(tls);
  const now = clock.now();
  if (now < validity.from || endsSoon(validity, now))
    logger.warn(`HOSTBEAT_TLS_CERT: renew the certificate, ${remainingWords(validity, now)}`);
  return tls;
}

/** New connections get a renewed certificate; open ones stay open. */
export function followCertificate(
  { config, clock, metrics }: Core,
  first: Tls | undefined,
  edge: Pick<Edge, 'renewTls'>,
  renewals: Renewals,
): void {
  const { tls: files } = config;
  if (files === undefined || first === undefined) return;
  let tls = first;
  let validity = validityOf(first);
  renewals.add({
    name: 'certificate',
    files: [files.cert, files.key],
    readsFirst: true,
    renew() {
      const next = readTls(files);
      const now = clock.now();
      const until = validityOf(next);
      const words = remainingWords(until, now);
      if (next.cert === tls.cert && next.key === tls.key) return false;
      if (until.until <= now && until.until < validity.until)
        throw new DomainError('invalid', `HOSTBEAT_TLS_CERT: ${files.cert} is of no use, ${words}`);
      edge.renewTls(next);
      tls = next;
      validity = until;
      return words;
    },
  });
  gauge(
    metrics,
    'tls_certificate_remaining_seconds',
    'How long the certificate, or one above it in its file, is still valid.',
    () => (validity.until - clock.now()) / 1_000,
  );
  gauge(
    metrics,
    'tls_certificate_lifetime_seconds',
    'How long that certificate is valid in all.',
    () => (validity.until - validity.from) / 1_000,
  );
}
