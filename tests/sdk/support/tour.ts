import type { Lines } from './lines.ts';
import type { Site } from './site.ts';

/** What every traveller must have said at the end of the tour, whatever runs it. */
export const JOURNAL = [
  'asked: UP',
  'snapshot: web UP',
  'web UP>DOWN',
  'failover: web',
  'web DOWN>UP',
  'web UP>MAINTENANCE',
  'end',
];

/** The operator's part while travellers are under way: a fence, a restart of the server, a crash, a maintenance. */
export async function lead(site: Site, travellers: readonly Lines[]): Promise<void> {
  const all = (line: string) => Promise.all(travellers.map((lines) => lines.heard(line)));
  await all('snapshot: web UP');
  await site.switch({ forced_down: true });
  await all('failover: web');
  await site.stop();
  await site.start();
  await site.switch({ forced_down: false });
  await all('web DOWN>UP');
  await site.kill();
  await site.start();
  await site.switch({ status: 'disabled' });
  await all('end');
}
