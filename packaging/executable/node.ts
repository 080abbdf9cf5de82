/** The Node that an executable contains: the version that this project is developed with. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

const run = promisify(execFile);

/** Builder and executable must have the same version. */
const NODE_VERSION = manifest.devDependencies.node;

export type Architecture = 'x64' | 'arm64';

/**
 * Node's binary for an architecture, kept in `out/node`: a copy of the running one if it is the right one, else the one
 * that npm distributes. Without symbols where `strip` can remove them.
 * @throws Error if npm cannot fetch it
 */
export async function nodeOf(out: string, architecture: Architecture): Promise<string> {
  const folder = join(out, 'node', `${NODE_VERSION}-${architecture}`);
  const node = join(folder, 'node');
  if (existsSync(node)) return node;
  await mkdir(folder, { recursive: true });
  const fresh = `${node}.${process.pid}`;
  if (process.version === `v${NODE_VERSION}` && process.arch === architecture)
    await cp(process.execPath, fresh, { dereference: true });
  else await rename(await download(folder, architecture), fresh);
  if (architecture === process.arch) await run('strip', ['--strip-unneeded', fresh]).catch(() => undefined);
  await rename(fresh, node);
  return node;
}

async function download(folder: string, architecture: Architecture): Promise<string> {
  const name = `node-linux-${architecture}@${NODE_VERSION}`;
  const { stdout } = await run('npm', ['pack', name, '--json', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run('tar', ['-xzf', join(folder, filename), '-C', folder, 'package/bin/node']);
  await rm(join(folder, filename));
  return join(folder, 'package/bin/node');
}
