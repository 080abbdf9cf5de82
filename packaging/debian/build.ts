/** Builds the Debian packages `hostbeat` (the server, one executable) and `hostbeat-agent` (a shell or Python is enough). */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import manifest from '../../package.json' with { type: 'json' };
import type { Architecture } from '../executable/node.ts';
import { ROOT } from '../package/bundle.ts';
import { buildDebian, type PackedFile } from './archive.ts';

const DEBIAN: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };
const of = (name: string) => join(import.meta.dirname, name);

/**
 * @param out a folder with the executables of this architecture and of this machine's
 * @param version the version of another release; a test of upgrades needs two
 * @returns the path of the package
 */
export async function buildServerPackage(
  out: string,
  architecture: Architecture,
  version: string = manifest.version,
): Promise<string> {
  const executable = join(out, `hostbeat-linux-${architecture}`);
  const runs = join(out, `hostbeat-linux-${process.arch}`);
  return buildDebian(out, {
    name: 'hostbeat',
    version,
    architecture: DEBIAN[architecture],
    scripts: of('hostbeat'),
    files: {
      '/usr/bin/hostbeat': { from: executable, mode: 0o755 },
      '/usr/lib/systemd/system/hostbeat.service': { text: await serverUnit() },
      '/usr/lib/sysusers.d/hostbeat.conf': { from: of('hostbeat/sysusers.conf') },
      '/usr/lib/tmpfiles.d/hostbeat.conf': { from: of('hostbeat/tmpfiles.conf') },
      '/etc/hostbeat/hostbeat.env': { from: of('hostbeat/hostbeat.env'), mode: 0o640 },
      '/usr/share/man/man1/hostbeat.1.gz': { bytes: gzipSync(await says(runs, 'man'), { level: 9 }) },
      '/usr/share/bash-completion/completions/hostbeat': { text: await says(runs, 'completion', 'bash') },
      '/usr/share/zsh/vendor-completions/_hostbeat': { text: await says(runs, 'completion', 'zsh') },
      '/usr/share/fish/vendor_completions.d/hostbeat.fish': { text: await says(runs, 'completion', 'fish') },
      ...documents('hostbeat', ['CHANGELOG.md', 'docs/configuration.md', 'docs/operations.md']),
    },
  });
}

/** @returns the path of the package */
export function buildAgentPackage(out: string, version: string = manifest.version): Promise<string> {
  return buildDebian(out, {
    name: 'hostbeat-agent',
    version,
    architecture: 'all',
    scripts: of('hostbeat-agent'),
    files: {
      '/usr/bin/hostbeat-agent': { from: of('hostbeat-agent/hostbeat-agent'), mode: 0o755 },
      '/usr/lib/hostbeat-agent/hostbeat-agent.py': {
        from: join(ROOT, 'packaging/agent/hostbeat-agent.py'),
        mode: 0o755,
      },
      '/usr/lib/hostbeat-agent/hostbeat-agent.sh': {
        from: join(ROOT, 'packaging/agent/hostbeat-agent.sh'),
        mode: 0o755,
      },
      '/usr/lib/systemd/system/hostbeat-agent.service': { from: of('hostbeat-agent/hostbeat-agent.service') },
      '/etc/hostbeat/agent.env': { from: of('hostbeat-agent/agent.env'), mode: 0o640 },
      ...documents('hostbeat-agent', ['docs/agents.md']),
    },
  });
}

/**
 * The unit of docs/deploy, adapted to the executable and to a permanent user.
 * @throws Error if a line to replace is missing
 */
export async function serverUnit(): Promise<string> {
  let unit = await readFile(join(ROOT, 'docs/deploy/hostbeat.service'), 'utf8');
  const replace = (what: RegExp, by: string) => {
    if (!what.test(unit)) throw new Error(`docs/deploy/hostbeat.service has nothing like ${what}`);
    unit = unit.replace(what, by);
  };
  replace(
    /^(#.*\n)+/,
    '# Settings are in /etc/hostbeat/hostbeat.env; change this unit by "systemctl edit hostbeat".\n',
  );
  replace(/^Documentation=.*$/m, 'Documentation=man:hostbeat(1)');
  replace(
    /^ExecStart=\/usr\/bin\/node \S+ serve$/m,
    '# What the executable unpacks, the database driver, is kept here.\nCacheDirectory=hostbeat\nCacheDirectoryMode=0700\nExecStart=/usr/bin/hostbeat serve',
  );
  // The program is in a package that a small system lacks; the shell's own is always there.
  replace(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m, "ExecReload=/bin/sh -c 'kill -HUP $$MAINPID'");
  replace(/^DynamicUser=yes$/m, 'User=hostbeat\nGroup=hostbeat');
  return unit;
}

function documents(name: string, pages: readonly string[]): Record<string, PackedFile> {
  const folder = `/usr/share/doc/${name}`;
  return Object.fromEntries([
    [`${folder}/copyright`, { from: join(ROOT, 'LICENSE') }],
    ...pages.map((page) => [`${folder}/${page.replace('docs/', '')}`, { from: join(ROOT, page) }] as const),
  ]);
}

async function says(program: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(program, args)).stdout;
}
