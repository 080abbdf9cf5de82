/** The image that the Dockerfile begins with: Debian, this Node and this npm, and the user that the official image has. */
import { cp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { runCommand, temporaryFolder } from '../support/process.ts';
import { debianSystem, must } from './system.ts';

const file = (system: string) => `FROM ${system}
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd --create-home --uid 1000 node
`;

/**
 * Builds it as `name`, unless there is one, and takes it away in the end: it bears another's name.
 * @throws Error with what a command said, if one fails
 */
export async function baseImage(name: string): Promise<AsyncDisposable> {
  if ((await runCommand('podman', ['image', 'exists', name])).code === 0) return new AsyncDisposableStack();
  const npm = process.env.npm_execpath;
  if (npm === undefined) throw new Error('npm is not known: run it as npm run test:deploy');
  await using folder = await temporaryFolder();
  const into = (file: string) => join(folder.path, file);
  await cp(process.execPath, into('node'), { dereference: true });
  await cp(dirname(dirname(npm)), into('npm'), { recursive: true, dereference: true });
  await writeFile(into('Containerfile'), file(await debianSystem()));
  await must('podman', [
    'build',
    '--layers=false',
    '--pull=never',
    '--isolation=chroot',
    '--tag',
    name,
    folder.path,
  ]);
  const made = new AsyncDisposableStack();
  made.defer(async () => void (await runCommand('podman', ['rmi', '--force', name])));
  return made;
}
