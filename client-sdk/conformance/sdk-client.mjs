/** `hostbeat-client`, connected to the conformance server: it prints its decisions. */
import { realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { print, setupFrom, tokenProvider } from './setup.mjs';

/** @returns a function that ends it */
export function follow({ connect }, setup, say, more = {}) {
  let isKilled = false;
  const tell = (decision) => isKilled || say(decision);
  const client = connect({
    // Several nodes are separated by commas.
    url: setup.url.split(','),
    token: tokenProvider(setup),
    tokenIn: setup.tokenIn,
    transport: setup.transport,
    cursor: setup.cursor,
    openTimeoutMs: setup.tokenTimeoutMs < 1_000 ? 1_000 : setup.tokenTimeoutMs,
    ...more,
  });
  const state = (how) => (item) =>
    tell({ state: Object.fromEntries(item.servers.map((s) => [s.server_id, s.host_status])), how });
  client.on('snapshot', state('snapshot'));
  client.on('reset', state('reset'));
  client.on('event', ({ seq, changes }) => {
    for (const { server_id, name, to } of changes) tell({ change: { server_id, name, to: to ?? null }, seq });
  });
  client.on('tracker', (tracker) => tell({ tracker }));
  client.on('cursor', (cursor) => tell({ cursor }));
  client.on('state', (now) => now === 'stopped' && tell({ stopped: client.error?.name ?? 'stopped' }));
  return () => {
    isKilled = true;
    return client.close();
  };
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  follow(await import('hostbeat-client'), setupFrom(), print);
}
