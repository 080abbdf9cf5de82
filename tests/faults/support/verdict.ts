import * as assert from 'uvu/assert';
import { type Evidence, judge } from './checker.ts';
import { say } from './form.ts';
import type { Site } from './site.ts';

type More = Omit<Evidence, 'followers' | 'file' | 'owners' | 'rest' | 'watchedSince'>;

/** Waits until all is quiet, judges, and says what was looked at. */
export async function judged(site: Site, more: More = {}): Promise<readonly string[]> {
  await site.quiet();
  const { violations, account } = judge({
    followers: site.followers,
    file: site.file,
    owners: new Map(site.servers.map(({ id, project }) => [id, project])),
    rest: await site.rest(),
    watchedSince: site.watchedSince,
    ...more,
  });
  say(account);
  return violations;
}

/** As `judged`; nothing may be wrong. */
export async function sound(site: Site, more: More = {}): Promise<void> {
  assert.equal((await judged(site, more)).slice(0, 20), []);
}
