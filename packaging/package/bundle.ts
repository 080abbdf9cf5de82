/** The server and its commands as a few JavaScript files, with every package left outside. */
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Name of the file in the package -> its source. Every file that starts a process or a worker. */
const ENTRIES = {
  hostbeat: 'server/cli/index.ts',
  index: 'server/embed.ts',
  'integrity-worker': 'db/sqlite/file/upkeep/integrity-worker.ts',
  'checkpointer-worker': 'db/sqlite/file/upkeep/checkpointer-worker.ts',
} as const;

/** Where files and folders that are named by a URL beside a source are, seen from the bundle. */
const PLACES: Readonly<Record<string, string>> = {
  migrations: '../migrations',
  'migrations/postgres': '../migrations/postgres',
  'CHANGELOG.md': '../CHANGELOG.md',
  bench: '../bench',
  'server/cli/hostbeat.mjs': '../bin/hostbeat.mjs',
  'server/dashboard/page': './page',
  'server/openapi/viewer/redoc.js.gz': './redoc.js.gz',
  'client-sdk/conformance/scenarios': '../conformance/scenarios/',
  ...Object.fromEntries(Object.entries(ENTRIES).map(([name, source]) => [source, `./${name}.js`])),
};

/** @throws Error naming a URL beside a source that has no place in the package */
export async function bundleServer(out: string): Promise<void> {
  await build({
    entryPoints: ENTRIES,
    absWorkingDir: ROOT,
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'external',
    chunkNames: 'chunk-[hash]',
    legalComments: 'none',
    plugins: [versionAlone, prebuiltDashboard, filesBesideSources(PLACES, 'import.meta.url')],
  });
}

/**
 * `new URL('./x', import.meta.url)` names a file beside its source; in a bundle it is elsewhere.
 * @param places path of the file from the root -> its path, seen from the bundle
 * @param url expression for the bundle's own URL
 */
export function filesBesideSources(places: Readonly<Record<string, string>>, url: string): Plugin {
  return {
    name: 'files-beside-sources',
    setup({ onLoad }) {
      onLoad({ filter: /[/\\](server|db)[/\\].*\.(ts|mjs)$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const literal = text.replace(
          /import\(new URL\((['"].*?['"]), import\.meta\.url\)\.href\)/g,
          'import($1)',
        );
        const contents = literal.replace(
          /new URL\((['`])(\.[^'`$]*)(\/\$\{\w+\})?\1, import\.meta\.url\)/g,
          (_, quote: string, name: string, rest = '') => {
            const target = relative(ROOT, join(dirname(path), name));
            const place = places[target];
            if (place === undefined)
              throw new Error(`${relative(ROOT, path)} names ${target}: say in PLACES where it is`);
            return `new URL(${quote}${place}${rest}${quote}, ${url})`;
          },
        );
        return { contents, loader: path.endsWith('.mjs') ? 'js' : 'ts' };
      });
    },
  };
}

/** The page is built with the package, so that esbuild is not a dependency of it. */
export const prebuiltDashboard: Plugin = {
  name: 'prebuilt-dashboard',
  setup({ onLoad }) {
    onLoad({ filter: /server[/\\]dashboard[/\\]bundle\.ts$/ }, async () => {
      const { bundlePage } = await import('../../server/dashboard/bundle.ts');
      const page = JSON.stringify(await bundlePage());
      return { contents: `const page = ${page};\nexport const bundlePage = async () => page;`, loader: 'js' };
    });
  },
};

/** Of the manifest, the bundle contains the version and nothing else. */
export const versionAlone: Plugin = {
  name: 'version-alone',
  setup({ onLoad }) {
    onLoad({ filter: /server[/\\]version\.ts$/ }, async () => {
      const { SERVER } = await import('../../server/version.ts');
      return { contents: `export const SERVER = ${JSON.stringify(SERVER)};`, loader: 'js' };
    });
  },
};
