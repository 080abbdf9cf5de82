/**
 * `npm run build`: every installable artifact, into `dist/`, with its checksums. Arguments choose parts, as in `npm run
 * build -- npm client`; without one it builds all of them. The Debian packages need `dpkg-deb`.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { buildClient } from './client/build.ts';
import { buildAgentPackage, buildServerPackage } from './debian/build.ts';
import { buildExecutable } from './executable/build.ts';
import { buildPackage } from './package/build.ts';
import { ROOT } from './package/bundle.ts';

const out = join(ROOT, 'dist');

type Part = readonly [what: string, work: () => Promise<string>];
const PARTS: Readonly<Record<string, readonly Part[]>> = {
  npm: [['npm package hostbeat', () => buildPackage(out)]],
  client: [['npm package hostbeat-client', () => buildClient(out)]],
  ...Object.fromEntries(
    (['x64', 'arm64'] as const).map((architecture) => [
      architecture,
      [
        [`executable for Linux ${architecture}`, () => buildExecutable(out, architecture)],
        [`Debian package hostbeat, ${architecture}`, () => buildServerPackage(out, architecture)],
      ],
    ]),
  ),
  agent: [['Debian package hostbeat-agent', () => buildAgentPackage(out)]],
};

const words = process.argv.slice(2);
const unknown = words.find((word) => !(word in PARTS));
if (unknown !== undefined) {
  process.stderr.write(
    `"${unknown}" is not a part of the build; the parts are ${Object.keys(PARTS).join(', ')}\n`,
  );
  process.exit(2);
}

await mkdir(out, { recursive: true });
const sums: string[] = [];
for (const [what, work] of Object.keys(PARTS)
  .filter((name) => words.length === 0 || words.includes(name))
  .flatMap((name) => PARTS[name] ?? [])) {
  process.stdout.write(`${what} … `);
  const file = await work();
  const bytes = await readFile(file);
  process.stdout.write(`${basename(file)}, ${(bytes.length / 1e6).toFixed(2)} MB\n`);
  sums.push(`${createHash('sha256').update(bytes).digest('hex')}  ${basename(file)}\n`);
}
await writeFile(join(out, 'SHA256SUMS'), sums.sort().join(''));
