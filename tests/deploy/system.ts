/**
 * Debian as an image, made of its own packages: no registry of images is needed. It is made once and stays, named by what is
 * in it, for the tests that install packages and for the image that the Dockerfile begins with.
 */
import { createHash } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { runCommand, temporaryFolder } from '../support/process.ts';

const SUITE = 'trixie';
const PACKAGES = 'libstdc++6,libatomic1,passwd,ca-certificates,systemd,python3';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const FILE = `FROM scratch
ADD system.tar /
COPY certificates ${CERTIFICATES}
ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}
`;

/** @returns the name of the image @throws Error with what a command said, if one fails */
export async function debianSystem(): Promise<string> {
  const content = createHash('sha256').update(SUITE).update(PACKAGES).update(FILE).digest('hex').slice(0, 12);
  const name = `localhost/hostbeat-test-debian:${content}`;
  if ((await runCommand('podman', ['image', 'exists', name])).code === 0) return name;
  await using folder = await temporaryFolder();
  const into = (file: string) => join(folder.path, file);
  await must('mmdebstrap', [
    '--quiet',
    '--variant=essential',
    `--include=${PACKAGES}`,
    SUITE,
    into('system.tar'),
  ]);
  await cp(CERTIFICATES, into('certificates'), { dereference: true });
  await writeFile(into('Containerfile'), FILE);
  await must('podman', ['build', '--layers=false', '--isolation=chroot', '--tag', name, folder.path]);
  return name;
}

/** @returns what it printed, without space around it @throws Error with what it said, if it fails */
export async function must(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${stderr.slice(-2_000)}`);
  return stdout.trim();
}

/** Why there is no container engine here; undefined where there is one. */
export async function noEngine(): Promise<string | undefined> {
  const { code, stderr } = await runCommand('podman', ['info']).catch(({ message }: Error) => ({
    code: 1,
    stderr: message,
  }));
  return code === 0 ? undefined : stderr.trim();
}

/** Why containers cannot be joined to a network here, as compose does; undefined where they can. */
export async function noNetwork(system: string): Promise<string | undefined> {
  for (const command of ['docker-compose', 'catatonit', 'iptables'])
    if ((await runCommand('which', [command])).code !== 0) return `${command} is not installed`;
  const name = `hostbeat-network-${process.pid}`;
  const limits = ['--ulimit=nofile=4096:4096', '--ulimit=nproc=1000:1000'];
  try {
    await must('podman', ['network', 'create', name]);
    await must('podman', ['--runtime=runc', 'run', '--rm', `--network=${name}`, ...limits, system, 'true']);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await runCommand('podman', ['network', 'rm', '--force', name]);
  }
}
