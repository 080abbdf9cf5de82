/** What an agent makes of answers: fences that begin and end, refusals, and outages that look like refusals. */
import { getEventListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Fences, fenceCommand } from '../../../server/cli/agent/fences.ts';
import type { ReportedService } from '../../../server/cli/agent/link.ts';
import { pause } from '../../../server/cli/agent/pause.ts';
import { linkRefused } from '../../../server/cli/agent/refusal.ts';
import { temporaryFolder } from '../../support/process.ts';
import { until, within } from '../../support/within.ts';

const test = suite('answers to an agent');

const service = (forced_down: boolean, host = 'h1') =>
  ({ host, binary: 'nova-compute', forced_down }) as ReportedService;

test('a fence is acted on once, and again when it comes again', () => {
  const fenced: string[] = [];
  const said: string[] = [];
  const fences = new Fences({ say: (line) => said.push(line), onFenced: ({ host }) => fenced.push(host) });
  for (const is of [false, true, true, true]) fences.answered(service(is));
  fences.answered(service(true, 'h2'));
  assert.equal(fenced, ['h1', 'h2']);
  for (const is of [false, false, true]) fences.answered(service(is));
  assert.equal(fenced, ['h1', 'h2', 'h1']);
  assert.is(said.filter((line) => line.endsWith('is no longer fenced')).length, 1);
});

test('the command for a fence knows the service, and no secret', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'seen');
  const command = `printf '%s' "$HOSTBEAT_HOST:$HOSTBEAT_TOKEN:$OS_PASSWORD:$PLACE" > ${file}.new && mv ${file}.new ${file}`;
  const env = { PATH: process.env.PATH, HOSTBEAT_TOKEN: 's', OS_PASSWORD: 's', PLACE: 'rack 5' };
  fenceCommand(command, env, () => undefined)(service(true));
  const seen = () => readFile(file, 'utf8').catch(() => '');
  await until('the command', async () => (await seen()) !== '');
  assert.is(await seen(), 'h1:::rack 5');
});

const URL = 'https://cloud.example';
const OURS = '{"error":{"code":"unauthorized","message":"The token has expired"}}';

for (const [what, answer, kind] of [
  ['a refusal of ours', { status: 401, text: OURS }, 'refused'],
  ['a refusal without words', { status: 403, text: '' }, 'refused'],
  ['the page of a proxy', { status: 401, text: '<html>Please log in</html>' }, 'unreachable'],
  ['the block of a firewall', { status: 403, text: 'Access denied' }, 'unreachable'],
  ['a redirect', { status: 307, text: '', location: 'https://elsewhere.example' }, 'unreachable'],
  ['an error of the server', { status: 503, text: '{"error":{"message":"busy"}}' }, 'unreachable'],
] as const) {
  test(`${what} is ${kind === 'refused' ? 'a refusal' : 'an outage, which passes'}`, () => {
    const lost = linkRefused(URL, { ...answer, retryAfter: '7' }, 'instead of an answer');
    assert.equal([lost.kind, lost.retryAfterMs], [kind, 7_000]);
    assert.match(lost.message, URL);
  });
}

test('a pause ends with its time or its signals, and leaves nothing behind', async () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const signals = [one.signal, two.signal];
  const listeners = () => signals.map((signal) => getEventListeners(signal, 'abort').length);
  await within('a pause', pause(1, ...signals));
  assert.equal(listeners(), [0, 0]);
  const paused = pause(3_600_000, ...signals);
  assert.equal(listeners(), [1, 1]);
  two.abort();
  await within('a pause that is ended', paused);
  assert.equal(listeners(), [0, 0]);
  await within('a pause that had ended before it began', pause(3_600_000, ...signals));
});

test.run();
