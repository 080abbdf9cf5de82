/** Builds what is published: `dist/`, with one bundle and one set of types for each entry point. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { plainDeclarations } from './build-types.ts';
import { asyncApi } from './protocol/async-api.ts';
import { type DocumentName, jsonSchema, SCHEMAS } from './protocol/json-schema.ts';
import { CLIENT_VERSION } from './src/version.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
/** Name of the bundle -> its source. */
const ENTRY_POINTS = {
  index: 'src/index.ts',
  rest: 'src/rest.ts',
  keystone: 'src/keystone.ts',
  webhooks: 'src/webhooks.ts',
  protocol: 'protocol/index.ts',
  schemas: 'protocol/schemas.ts',
};

/** What only the entry point `./protocol/schemas` exports. */
const NEED_SCHEMAS = ['schemas', 'agent', 'async-api', 'json-schema', 'polling'];

/**
 * @param out the output folder, which is emptied first
 * @returns size in bytes of the client as a browser loads it, minified and gzipped
 */
export async function buildSdk(out: string): Promise<number> {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await Promise.all([bundle(out), declareTypes(out), document(out)]);
  return browserSize();
}

async function bundle(out: string): Promise<void> {
  await build({
    entryPoints: ENTRY_POINTS,
    absWorkingDir: HERE,
    outdir: out,
    bundle: true,
    // Every entry point exports the same error classes, so that `instanceof` holds across them.
    splitting: true,
    format: 'esm',
    // Targets Node 20.
    target: 'es2022',
    platform: 'neutral',
    external: ['zod'],
    sourcemap: true,
  });
}

/** The wire's schemas for clients in other languages. */
async function document(out: string): Promise<void> {
  const write = (file: string, content: object) =>
    writeFile(join(out, file), `${JSON.stringify(content, null, 2)}\n`);
  await write('asyncapi.json', asyncApi({ version: CLIENT_VERSION, url: 'https://hostbeat.example:8774' }));
  for (const name of Object.keys(SCHEMAS) as DocumentName[]) {
    await write(`${name}.schema.json`, jsonSchema(name));
    await write(`${name}.strict.schema.json`, jsonSchema(name, 'writer'));
  }
}

/** The schemas' types need the schema library; the client's types must not. */
async function declareTypes(out: string): Promise<void> {
  const types = join(out, 'types');
  const tsc = join(HERE, '..', 'node_modules', '.bin', 'tsc');
  await promisify(execFile)(tsc, ['-p', join(HERE, 'tsconfig.build.json'), '--outDir', types]);
  await withoutSourceNames(types);
  await cp(join(types, 'protocol'), join(out, 'types-of-schemas'), { recursive: true });
  for (const [file, text] of Object.entries(plainDeclarations())) {
    await writeFile(join(types, 'protocol', file), text);
  }
  for (const name of NEED_SCHEMAS) await rm(join(types, 'protocol', `${name}.d.ts`));
}

/** The sources import each other as `.ts`; declarations must import `.js`. */
async function withoutSourceNames(folder: string): Promise<void> {
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith('.d.ts')) continue;
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(/((?:from|import\()\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'));
  }
}

/** The code that a browser loads to follow: the client without its lazily loaded parts. */
export async function browserSize(): Promise<number> {
  const { outputFiles, metafile } = await build({
    entryPoints: [ENTRY_POINTS.index],
    absWorkingDir: HERE,
    outdir: 'nowhere',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
  });
  const entry = Object.entries(metafile.outputs).find(
    ([, { entryPoint }]) => entryPoint === ENTRY_POINTS.index,
  );
  const atOnce = new Set<string>();
  const load = (path: string) => {
    if (atOnce.has(path)) return;
    atOnce.add(path);
    for (const { path: imported, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind !== 'dynamic-import') load(imported);
  };
  load(entry?.[0] ?? '');
  const loaded = new Set([...atOnce].map((path) => join(HERE, path)));
  return outputFiles
    .filter(({ path }) => loaded.has(path))
    .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).byteLength, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const size = await buildSdk(join(HERE, 'dist'));
  console.log(`client-sdk/dist is built; in a browser the client is ${size} bytes, minified and gzipped`);
}
