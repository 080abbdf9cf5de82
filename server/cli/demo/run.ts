/**
 * `hostbeat demo`: a small cloud on this machine, as real as any: a server process on a fresh SQLite file, three agents
 * as processes, two owners with sockets. Then things happen, and each push is shown beside the time it took. Everything
 * is gone afterwards. Throws, and so ends with a failure, if one push does not come: it doubles as a test.
 */

import type { Terminal } from '../support/terminal.ts';
import { Cloud } from './cloud.ts';
import { Owner } from './owner.ts';
import { Page } from './page.ts';
import { story } from './story.ts';

export async function demo(_args: readonly string[], terminal: Terminal): Promise<void> {
  const page = new Page(terminal);
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
