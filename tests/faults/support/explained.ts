/** What `explain` says after a fault must be what happened, and must not contradict the log. */
import * as assert from 'uvu/assert';
import type { ServiceExplanation } from '../../../server/api/answers/explain.ts';
import { SILENCE_CODES } from '../../../server/explain/silence-code.ts';
import type { VerdictCode } from '../../../server/explain/verdict.ts';
import type { Session } from '../../support/http.ts';
import type { Site } from './site.ts';

export interface ExpectedExplanations {
  readonly alive?: readonly string[] | undefined;
  readonly dead?: readonly { readonly host: string }[] | undefined;
  readonly switched?: readonly { readonly host: string; readonly forcedDown: boolean }[] | undefined;
  /** Why the dead ones were called silent. */
  readonly because?: VerdictCode | readonly VerdictCode[] | undefined;
}

/** Hosts of each kind that are asked about. */
const ASKED = 3;

export async function explained(site: Site, expected: ExpectedExplanations): Promise<void> {
  const { alive = [], dead = [], switched = [], because } = expected;
  const admin = await site.admin();
  for (const { host } of dead.slice(0, ASKED)) {
    const { verdict, silence, changes } = await explanationOf(site, admin, host);
    assert.ok(isSilent(verdict.code), `${host} is dead: ${verdict.text}`);
    if (because !== undefined)
      assert.ok([because].flat().includes(verdict.code), `${host}, ${verdict.code}: ${verdict.text}`);
    const change = changes.find(({ to, from }) => to === 'UNKNOWN' && from !== to);
    assert.is(silence?.at, change?.at, `${host}: the record is that of the change`);
    if (verdict.code === 'reports_stopped' || verdict.code === 'agent_unanswered')
      assert.is(change?.evidence, verdict.code === 'reports_stopped' ? 'none' : 'unanswered', host);
  }
  for (const host of alive.slice(0, ASKED)) {
    const { verdict } = await explanationOf(site, admin, host);
    assert.not(isSilent(verdict.code), `${host} is alive: ${verdict.text}`);
  }
  const last = new Map(switched.map(({ host, forcedDown }) => [host, forcedDown]));
  for (const [host, forcedDown] of [...last].slice(0, ASKED)) {
    const { verdict } = await explanationOf(site, admin, host);
    assert.is(verdict.code.startsWith('forced_down'), forcedDown, `${host}: ${verdict.text}`);
  }
}

async function explanationOf(site: Site, admin: Session, host: string): Promise<ServiceExplanation> {
  const { status, json } = await admin.request('GET', `/v1/services/${site.services.get(host)}/explain`);
  assert.is(status, 200, JSON.stringify(json));
  const { host_status, changes } = json as ServiceExplanation;
  if (changes[0] !== undefined) assert.is(host_status, changes[0].to, `${host}: it contradicts the log`);
  return json;
}

function isSilent(code: VerdictCode): boolean {
  return (SILENCE_CODES as readonly string[]).includes(code);
}
