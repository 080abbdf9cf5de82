/**
 * `hostbeat demo`: a small cloud on this machine, with real parts: a server process on a fresh SQLite file, three agents
 * as processes, two owners with sockets. Then hosts fail and return, and each push is printed with the time it took. Everything
 * is removed afterwards. It throws if a push is missing, so it is a test too.
 */

import type { Terminal } from '../support/terminal.ts';
import { Cloud } from './cloud.ts';
import { Owner } from './owner.ts';
import { DemoPage } from './page.ts';
import { story } from './story.ts';

export async function demo(_args: readonly string[], terminal: Terminal): Promise<void> {
  const page = new DemoPage(terminal);
  const cloud = new Cloud(terminal);
  const owners: Owner[] = [];
  try {
    page.title('hostbeat demo: who learns that a host is gone, and how soon');
    await cloud.start();
    for (const project of ['acme', 'globex'] as const) owners.push(await Owner.watching(cloud, project));
    await story(cloud, owners, page);
  } finally {
    await Promise.all(owners.map((owner) => owner.close()));
    await cloud.stop();
  }
}
