import * as assert from 'uvu/assert';
import { type Evidence, judge } from './checker.ts';
import { type ExpectedExplanations, explained } from './explained.ts';
import { PACE, say, TOO_SLOW } from './form.ts';
import { DOWN_TIME, INTERVAL, type Site } from './site.ts';

/** Two reports must fit into a service_down_time. */
const LATEST = DOWN_TIME / 2 - INTERVAL;

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
  const late = Math.max(0, ...site.gateways.map(({ longestTurn }) => longestTurn)) - INTERVAL;
  say(`${account}${site.gateways.length === 0 ? '' : `; agents were ${Math.round(late)} ms late at most`}`);
  if (violations.length > 0 && late > LATEST)
    throw new Error(`${TOO_SLOW}: an agent reported ${Math.round(late)} ms late`);
  return violations;
}

/** As `judged`; nothing may be wrong. Who was called silent, and when, must be right at a slower pace at the latest. */
export async function sound(
  site: Site,
  { because, ...more }: More & Pick<ExpectedExplanations, 'because'> = {},
): Promise<void> {
  const violations = (await judged(site, more)).slice(0, 20);
  if (PACE === 1 && violations.length > 0 && violations.every((text) => /^I[67] /.test(text)))
    throw new Error(`${TOO_SLOW}:\n${violations.join('\n')}`);
  assert.equal(violations, []);
  await explained(site, { ...more, because });
}
