#!/usr/bin/env node
/** The command. Any Node can read this file, so that one too old for the rest can still say so. */
import module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

const OLDEST_NODE = 22;
const refuse = (sentence) => {
  process.stderr.write(`${sentence}\n`);
  process.exit(78);
};

if (process.versions.bun !== undefined)
  refuse(
    'hostbeat needs Node 22 or newer, or Deno 2: Bun has no driver for its database. Run "node" instead of "bun".',
  );
if (typeof globalThis.Deno === 'undefined' && Number.parseInt(process.versions.node, 10) < OLDEST_NODE)
  refuse(
    `hostbeat needs Node ${OLDEST_NODE} or newer and this is ${process.versions.node}: run "npx -p node@26 -p hostbeat hostbeat …", or install a newer Node.`,
  );

// Compiled code is cached where only this user may write: the next start takes half the time.
const cache =
  process.env.NODE_COMPILE_CACHE ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'hostbeat');
module.enableCompileCache?.(cache);

const { main } = await import('../lib/hostbeat.js');
await main(process.argv.slice(2));
