#!/usr/bin/env node
/** The entry. Plain JavaScript, so that a Node too old for the rest can still say so. */
import '../runtime/supported.mjs';

if (!process.features.typescript && typeof globalThis.Deno === 'undefined')
  (await import('tsx/esm/api')).register();
const { main } = await import('./index.ts');
await main(process.argv.slice(2));
