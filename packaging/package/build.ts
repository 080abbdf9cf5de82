/** Builds the npm package `hostbeat`: the folder that is packed, and the tarball. */

import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { bundleServer, ROOT } from './bundle.ts';

const run = promisify(execFile);
/** Packages that only a checkout needs: the package is compiled and contains the dashboard ready-made. */
const ONLY_IN_CHECKOUT = ['esbuild', 'tsx'];

/**
 * @param out a folder of its own, which is emptied; the package is `out/hostbeat`
 * @returns the path of the tarball
 */
export async function buildPackage(out: string): Promise<string> {
  const folder = join(out, 'hostbeat');
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'bin'), { recursive: true });
  await bundleServer(join(folder, 'lib'));
  await declarations(join(folder, 'lib'));
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(packageManifest(), null, 2)}\n`);
  for (const file of ['LICENSE', 'CHANGELOG.md']) await cp(join(ROOT, file), join(folder, file));
  await cp(join(ROOT, 'packaging/package/README.md'), join(folder, 'README.md'));
  await cp(join(ROOT, 'packaging/package/hostbeat.mjs'), join(folder, 'bin/hostbeat.mjs'));
  await cp(join(ROOT, 'migrations'), join(folder, 'migrations'), {
    recursive: true,
    filter: (source) => !source.endsWith('_snapshot.json'),
  });
  await cp(join(ROOT, 'client-sdk/conformance/scenarios'), join(folder, 'conformance/scenarios'), {
    recursive: true,
  });
  await cp(join(ROOT, 'server/openapi/viewer/redoc.js.gz'), join(folder, 'lib/redoc.js.gz'));
  await cp(join(ROOT, 'server/openapi/viewer/LICENSE'), join(folder, 'lib/redoc.LICENSE'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', out], { cwd: folder });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  return join(out, filename);
}

function packageManifest(): object {
  const { name, version, description, license, type, engines } = manifest;
  const dependencies = Object.fromEntries(
    Object.entries(manifest.dependencies).filter(([name]) => !ONLY_IN_CHECKOUT.includes(name)),
  );
  return {
    name,
    version,
    description,
    license,
    keywords: ['openstack', 'nova', 'host_status', 'heartbeat', 'failure-detection', 'high-availability'],
    type,
    engines,
    bin: { hostbeat: 'bin/hostbeat.mjs' },
    exports: {
      '.': { types: './lib/index.d.ts', default: './lib/index.js' },
      './package.json': './package.json',
    },
    files: ['bin', 'lib', 'migrations', 'conformance', 'CHANGELOG.md'],
    dependencies,
  };
}

/**
 * The public module's types. They refer to no other file, so the compiler's output for that one file is all of them.
 */
async function declarations(lib: string): Promise<void> {
  const types = join(lib, 'types');
  const options = [
    '--emitDeclarationOnly',
    '--declaration',
    '--noEmit',
    'false',
    '--outDir',
    types,
    '--rootDir',
    ROOT,
  ];
  await run(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(ROOT, 'packaging/package'),
    ...options,
  ]);
  const text = await readFile(join(types, 'server/embed.d.ts'), 'utf8');
  const foreign = /from '\.|import\(/.exec(text);
  if (foreign !== null) throw new Error('server/embed.ts: its public types name another file');
  await writeFile(join(lib, 'index.d.ts'), text);
  await rm(types, { recursive: true, force: true });
}
