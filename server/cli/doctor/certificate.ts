/** Whether the certificate that clients see was renewed in time. */
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { Instant } from '../../domain/clock.ts';
import { endsSoon, remainingWords, type Validity } from '../../runtime/tls.ts';
import { type DoctorCheck, type Finding, note, ok, wrong } from './finding.ts';

const TIMEOUT_MS = 10_000;
const RENEW =
  'put the renewed certificate and key into the files of HOSTBEAT_TLS_CERT and HOSTBEAT_TLS_KEY, or of the proxy in front';

export const certificate: DoctorCheck = {
  name: 'certificate',
  needs: [],
  async run({ url }) {
    if (!url.startsWith('https:')) return { verdict: 'skipped', words: `${url} is plain HTTP` };
    const shown = await certificateAt(new URL(url));
    if (shown === undefined) return wrong(`${url} shows no certificate: does it speak TLS?`);
    const validity = { from: Date.parse(shown.validFrom), until: Date.parse(shown.validTo) };
    return judgeCertificate(validity, Date.now());
  },
};

export function judgeCertificate(validity: Validity, now: Instant): Finding {
  const words = remainingWords(validity, now);
  if (now < validity.from) return wrong(`${words}: is a clock wrong?`);
  if (now >= validity.until) return wrong(`${words}: ${RENEW}`);
  return endsSoon(validity, now) ? note(`${words}: ${RENEW}`) : ok(words);
}

/** Other checks find out whether it is trusted; only its validity period matters here. */
function certificateAt({ hostname, port }: URL): Promise<X509Certificate | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) || 443, rejectUnauthorized: false, ...name });
    const done = (found?: X509Certificate) => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(TIMEOUT_MS, () => done());
    socket.once('secureConnect', () => {
      const { raw } = socket.getPeerCertificate();
      done(raw === undefined ? undefined : new X509Certificate(raw));
    });
    socket.once('error', () => done());
  });
}
