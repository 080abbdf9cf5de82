import { writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { validityOf } from '../../server/runtime/tls.ts';
import { Closing } from '../../server/start/closing.ts';
import type { Core } from '../../server/start/core.ts';
import { followCertificate, readCertificate } from '../../server/start/renewals/certificate.ts';
import { Renewals } from '../../server/start/renewals/renewals.ts';
import { createMetrics } from '../../server/telemetry/metrics.ts';
import { makeCertificate } from '../support/certificate.ts';
import { FakeClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/process.ts';

const test = suite('a certificate that is renewed');
const DAY = 86_400_000;
const [long, short] = [makeCertificate('long', 90), makeCertificate('short', 2)];

(long === undefined || short === undefined ? test.skip : test)(
  'one that has ended does not replace one that has not, and both ends are reported',
  async () => {
    if (long === undefined || short === undefined) return;
    await using folder = await temporaryFolder();
    const files = { cert: `${folder.path}/cert`, key: `${folder.path}/key` };
    const put = ({ cert, key }: typeof long) => {
      writeFileSync(files.cert, cert);
      writeFileSync(files.key, key);
    };
    const log: string[] = [];
    const write = (what: unknown, text?: string) => {
      const { err } = (what ?? {}) as { err?: Error };
      log.push(text === undefined ? String(what) : `${text} (${err?.message})`);
    };
    const logger = { info: write, warn: write, error: write };
    const clock = new FakeClock();
    const closing = new Closing(logger);
    const metrics = createMetrics();
    const core = { config: { tls: files }, clock, logger, metrics, closing } as unknown as Core;
    const renewed: string[] = [];
    put(long);
    const { until } = validityOf(long);
    clock.stepWall(until - 80 * DAY - clock.now());
    const renewals = new Renewals(core);
    followCertificate(core, readCertificate(core), { renewTls: ({ cert }) => renewed.push(cert) }, renewals);
    put(short);
    await renewals.reload();
    assert.equal(renewed, []);
    assert.match(log.join('\n'), /^certificate not reloaded: the one in force stays .*it ended at/);
    const text = await metrics.registry.metrics();
    assert.match(text, new RegExp(`^hostbeat_tls_certificate_remaining_seconds ${(80 * DAY) / 1_000}$`, 'm'));
    assert.match(text, new RegExp(`^hostbeat_tls_certificate_lifetime_seconds ${(90 * DAY) / 1_000}$`, 'm'));

    clock.stepWall(70 * DAY);
    readCertificate({ ...core, config: { tls: files } } as Core);
    assert.match(log.at(-1) ?? '', /^HOSTBEAT_TLS_CERT: renew the certificate, it ended at/);
    await closing.close();
  },
);

test.run();
