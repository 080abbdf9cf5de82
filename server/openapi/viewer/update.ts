/** `npx tsx server/openapi/viewer/update.ts VERSION`: downloads the viewer from npm and prints its digest. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

const version = process.argv[2];
if (version === undefined) throw new Error('name the version of redoc, such as 2.5.4');
const folder = mkdtempSync(join(tmpdir(), 'hostbeat-viewer-'));
try {
  execFileSync('npm', ['pack', `redoc@${version}`, '--pack-destination', folder], { stdio: 'inherit' });
  execFileSync('tar', ['-xzf', join(folder, `redoc-${version}.tgz`), '-C', folder]);
  const read = (file: string) => readFileSync(join(folder, 'package', file));
  const script = read('bundles/redoc.standalone.js');
  const compressed = gzipSync(script, { level: constants.Z_BEST_COMPRESSION });
  writeFileSync(join(import.meta.dirname, 'redoc.js.gz'), compressed);
  const licences = [read('LICENSE'), read('bundles/redoc.standalone.js.LICENSE.txt')].join('\n');
  writeFileSync(join(import.meta.dirname, 'LICENSE'), licences);
  const digest = createHash('sha256').update(script).digest('hex');
  console.log(`redoc ${version}: ${script.length} bytes, ${compressed.length} compressed\nSHA-256 ${digest}`);
} finally {
  rmSync(folder, { recursive: true });
}
