/** Builds the npm package `hostbeat-client`. Its own `prepack` compiles it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../package/bundle.ts';

/**
 * @param out a folder
 * @returns the path of the tarball
 */
export async function buildClient(out: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--json', '--silent', '--pack-destination', out],
    { cwd: join(ROOT, 'client-sdk') },
  );
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }];
  return join(out, filename);
}
