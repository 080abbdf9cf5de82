/** Builds `hostbeat` as one executable: Node, the program, the SQLite driver and the migrations in a single file. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { filesBesideSources, prebuiltDashboard, ROOT, versionAlone } from '../package/bundle.ts';
import { type Architecture, nodeOf } from './node.ts';

const run = promisify(execFile);

/** Where the files that sources name by a URL are, seen from the folder that the executable unpacks. */
const PLACES: Readonly<Record<string, string>> = {
  migrations: './migrations',
  'migrations/postgres': './migrations/postgres',
  'CHANGELOG.md': './CHANGELOG.md',
  bench: './bench',
  'server/cli/hostbeat.mjs': './hostbeat.mjs',
  'client-sdk/conformance/scenarios': './conformance/scenarios/',
  'server/openapi/viewer/redoc.js.gz': './redoc.js.gz',
  'db/sqlite/file/upkeep/integrity-worker.ts': './integrity-worker.cjs',
  'db/sqlite/file/upkeep/checkpointer-worker.ts': './checkpointer-worker.cjs',
};

const WORKERS = ['integrity-worker', 'checkpointer-worker'] as const;

/**
 * @param out a folder; the executable is `out/hostbeat-linux-ARCHITECTURE`
 * @throws Error if npm cannot bring the Node of that architecture
 */
export async function buildExecutable(out: string, architecture: Architecture): Promise<string> {
  const builder = await nodeOf(out, process.arch as Architecture);
  const node = await nodeOf(out, architecture);
  const folder = join(out, `executable-${architecture}`);
  const files = join(folder, 'files');
  await rm(folder, { recursive: true, force: true });
  await mkdir(files, { recursive: true });
  const main = join(folder, 'hostbeat.cjs');
  await bundleProgram(main);
  for (const worker of WORKERS) {
    const url = "require('node:url').pathToFileURL(__filename).href";
    const source = Object.keys(PLACES).find((path) => path.endsWith(`/${worker}.ts`)) as string;
    await bundle(source, join(files, `${worker}.cjs`), url);
  }
  await cp(
    join(ROOT, `node_modules/better-sqlite3/prebuilds/linux-${architecture}.node`),
    join(files, 'better-sqlite3.node'),
  );
  await cp(join(ROOT, 'CHANGELOG.md'), join(files, 'CHANGELOG.md'));
  await cp(join(ROOT, 'migrations'), join(files, 'migrations'), {
    recursive: true,
    filter: (source) => !source.endsWith('_snapshot.json'),
  });
  await cp(join(ROOT, 'client-sdk/conformance/scenarios'), join(files, 'conformance/scenarios'), {
    recursive: true,
  });
  await cp(join(ROOT, 'server/openapi/viewer/redoc.js.gz'), join(files, 'redoc.js.gz'));
  const output = join(out, `hostbeat-linux-${architecture}`);
  const config = { main, output, executable: node, disableExperimentalSEAWarning: true, useCodeCache: false };
  const assets = await assetsOf(folder, files);
  await writeFile(join(folder, 'sea.json'), JSON.stringify({ ...config, assets }));
  await run(builder, ['--build-sea', join(folder, 'sea.json')]);
  await rm(folder, { recursive: true, force: true });
  return output;
}

/** Every file by its path, and the manifest with their digests. */
async function assetsOf(folder: string, files: string): Promise<Record<string, string>> {
  const entries = await readdir(files, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const manifest: Record<string, string> = {};
  for (const path of paths.sort()) {
    manifest[relative(files, path)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const assets = Object.fromEntries(paths.map((path) => [relative(files, path), path]));
  return { ...assets, 'manifest.json': join(folder, 'manifest.json') };
}

/** @throws Error naming a URL beside a source that has no place in the executable */
export function bundleProgram(outfile: string): Promise<void> {
  return bundle('packaging/executable/main.ts', outfile, 'globalThis.hostbeatBundleUrl');
}

async function bundle(entry: string, outfile: string, url: string): Promise<void> {
  await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node26',
    legalComments: 'none',
    minifySyntax: true,
    // Only "bench" uses more of it, and the executable has no benchmarks.
    logOverride: { 'empty-import-meta': 'silent' },
    banner: { js: 'const bundleUrlOf = () => BUNDLE_URL;'.replace('BUNDLE_URL', url) },
    plugins: [
      versionAlone,
      prebuiltDashboard,
      packagedDriver,
      plainRequire,
      filesBesideSources(PLACES, 'bundleUrlOf()'),
    ],
  });
}

/** The driver's addon is unpacked beside the workers. */
const packagedDriver: Plugin = {
  name: 'packaged-driver',
  setup({ onLoad }) {
    onLoad({ filter: /better-sqlite3[/\\]lib[/\\]binding\.js$/ }, () => ({
      contents: `let addon;
exports.getBinding = () => {
  if (addon === undefined) {
    const loaded = { exports: {} };
    process.dlopen(loaded, require('node:url').fileURLToPath(new URL('./better-sqlite3.node', bundleUrlOf())));
    addon = loaded.exports;
  }
  return addon;
};`,
      loader: 'js',
    }));
  },
};

/** Files that make their own `require` for a faster start: here the bundler must see what they require. */
const plainRequire: Plugin = {
  name: 'plain-require',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\](server|db)[/\\].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(OWN_REQUIRE, '');
      return contents === text ? undefined : { contents, loader: 'ts' };
    });
  },
};
const OWN_REQUIRE = /^const require = createRequire\(import\.meta\.url\);$/m;
