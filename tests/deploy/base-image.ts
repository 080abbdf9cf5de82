/**
 * The image that the Dockerfile begins with, where no registry of images is in reach: Debian's own packages, this Node and
 * this npm, and the user that the official image has.
 */
import { cp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { runCommand, temporaryFolder } from '../support/process.ts';

const SUITE = 'trixie';
const PACKAGES = 'libstdc++6,libatomic1,passwd,ca-certificates';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const FILE = `FROM scratch
ADD system.tar /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY certificates ${CERTIFICATES}
ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}
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
  await must('mmdebstrap', [
    '--quiet',
    '--variant=essential',
    `--include=${PACKAGES}`,
    SUITE,
    into('system.tar'),
  ]);
  await cp(process.execPath, into('node'), { dereference: true });
  await cp(dirname(dirname(npm)), into('npm'), { recursive: true, dereference: true });
  await cp(CERTIFICATES, into('certificates'), { dereference: true });
  await writeFile(into('Containerfile'), FILE);
  await must('podman', ['build', '--layers=false', '--isolation=chroot', '--tag', name, folder.path]);
  const made = new AsyncDisposableStack();
  made.defer(async () => void (await runCommand('podman', ['rmi', '--force', name])));
  return made;
}

/** @returns what it printed, without space around it @throws Error with what it said, if it fails */
export async function must(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${stderr.slice(-2_000)}`);
  return stdout.trim();
}
