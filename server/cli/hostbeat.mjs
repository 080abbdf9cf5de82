#!/usr/bin/env node
/** The entry point. Plain JavaScript, so that a Node too old for the rest can still say so. */
import '../runtime/supported.mjs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Node's compile cache is kept beside the packages, where no other user may write: the next start takes half as long.
const cache = new URL('../../node_modules/.cache/hostbeat', import.meta.url);
module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? fileURLToPath(cache));

if (!process.features.typescript && typeof globalThis.Deno === 'undefined')
  (await import('tsx/esm/api')).register();
const { main } = await import('./index.ts');
await main(process.argv.slice(2));
