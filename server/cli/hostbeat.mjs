#!/usr/bin/env node
/** The entry point. Plain JavaScript, so that a Node too old for the rest can still say so. */
import '../runtime/supported.mjs';
import module from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

if (process.versions.bun !== undefined) {
  process.stderr.write(
    'hostbeat needs Node 22 or newer, or Deno 2: Bun has no driver for its database. Run "node" instead of "bun".\n',
  );
  process.exit(78);
}

// Node's compile cache is kept beside the packages, where no other user may write: the next start takes half as long.
const cache = new URL('../../node_modules/.cache/hostbeat', import.meta.url);
module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? fileURLToPath(cache));

if (!process.features.typescript && typeof globalThis.Deno === 'undefined')
  (await import('tsx/esm/api')).register();
const { main } = await import('./index.ts');
await main(process.argv.slice(2));
