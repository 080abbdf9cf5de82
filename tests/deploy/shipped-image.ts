/** The image of the Dockerfile as it ships, on the stand-in for the image that it begins with. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runCommand } from '../support/process.ts';
import { baseImage } from './base-image.ts';
import { must } from './system.ts';

export const root = resolve(import.meta.dirname, '../..');
const shipped = join(root, 'docs/deploy');

export interface ShippedImage extends AsyncDisposable {
  /** Also the first part of the names of its containers: it meets nothing else of this machine. */
  readonly name: string;
}

/** @throws Error with what a command said, if one fails */
export async function shippedImage(): Promise<ShippedImage> {
  const [file = '', ignored = ''] = ['Dockerfile', 'Dockerfile.dockerignore'].map((each) =>
    join(shipped, each),
  );
  const [, base = ''] = /^FROM (\S+)/m.exec(await readFile(file, 'utf8')) ?? [];
  await using made = new AsyncDisposableStack();
  made.use(await baseImage(base));
  const name = `hostbeat-${randomBytes(4).toString('hex')}`;
  // The format that knows health checks.
  const how = ['--format=docker', '--layers=false', '--pull=never', '--isolation=chroot', '--network=host'];
  await must('podman', ['build', ...how, `--file=${file}`, `--ignorefile=${ignored}`, '--tag', name, root]);
  made.defer(async () => void (await runCommand('podman', ['rmi', '--force', name])));
  const kept = made.move();
  return { name, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
