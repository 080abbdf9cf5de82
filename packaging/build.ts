/** `npm run build`: everything that is installed, into `dist/`, with its checksums. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { buildExecutable } from './executable/build.ts';
import { buildPackage } from './package/build.ts';
import { ROOT } from './package/bundle.ts';

const out = join(ROOT, 'dist');
await mkdir(out, { recursive: true });
const built: string[] = [];

async function step(what: string, work: () => Promise<string | readonly string[]>): Promise<void> {
  process.stdout.write(`${what} … `);
  const files = [await work()].flat();
  for (const file of files) {
    const { length } = await readFile(file);
    process.stdout.write(`${basename(file)}, ${(length / 1e6).toFixed(2)} MB\n`);
  }
  built.push(...files);
}

await step('npm package hostbeat', () => buildPackage(out));
for (const architecture of ['x64', 'arm64'] as const) {
  await step(`executable for Linux ${architecture}`, () => buildExecutable(out, architecture));
}

const sums = await Promise.all(
  built.map(
    async (file) =>
      `${createHash('sha256')
        .update(await readFile(file))
        .digest('hex')}  ${basename(file)}\n`,
  ),
);
await writeFile(join(out, 'SHA256SUMS'), sums.sort().join(''));
