/** Every answer recorded from a real Nova, asked of ours. `deviations.json` names the ones that differ, and why. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GOLDEN } from './cloud.ts';
import { type Exchange, replay } from './recorded.ts';

const DEVIATIONS: Record<string, string> = JSON.parse(
  readFileSync(new URL('deviations.json', GOLDEN), 'utf8'),
);
const test = suite('answers of a real Nova');

test('recorded answers of Nova are ours too, except listed deviations', async () => {
  const differing: Record<string, string> = {};
  await replay((exchange, answer, text) => {
    const difference = differenceOf(exchange, answer, text);
    if (difference !== undefined) differing[exchange.name] = difference;
  });
  for (const name of Object.keys(DEVIATIONS)) {
    assert.ok(name in differing, `${name} is listed as a deviation and is none`);
    delete differing[name];
  }
  assert.equal(differing, {});
});

function differenceOf(exchange: Exchange, answer: Response, text: string): string | undefined {
  if (answer.status !== exchange.status)
    return `status ${answer.status} instead of ${exchange.status}: ${text.slice(0, 300)}`;
  const missing = missingHeader(exchange, answer.headers);
  if (missing !== undefined) return missing;
  if (exchange.json === undefined) return text === '' ? undefined : `a body where there was none: ${text}`;
  return firstDifference(normalized(JSON.parse(text)), normalized(exchange.json));
}

const TOLD = [
  'openstack-api-version',
  'x-openstack-nova-api-version',
  'vary',
  'x-openstack-request-id',
  'x-compute-request-id',
  'location',
];

function missingHeader(exchange: Exchange, headers: Headers): string | undefined {
  const recorded = new Headers(
    exchange.response_headers.map(([name, value]) => [name, value] as [string, string]),
  );
  for (const name of TOLD) {
    const [theirs, ours] = [recorded.get(name), headers.get(name)];
    const same = name.endsWith('request-id')
      ? theirs === null || /^req-[0-9a-f-]{36}$/.test(ours ?? '')
      : theirs === ours;
    if (!same) return `${name}: ${ours} instead of ${theirs}`;
  }
  const type = (value: string | null) => value?.toLowerCase() ?? '';
  if (
    exchange.json !== undefined &&
    type(headers.get('content-type')) !== type(recorded.get('content-type'))
  ) {
    return `content-type: ${headers.get('content-type')} instead of ${recorded.get('content-type')}`;
  }
  return undefined;
}

/** Texts are our own, of links only the path counts, of times only the form. */
function normalized(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => normalized(item, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, inner]) => [name, normalized(inner, name)]),
    );
  }
  if (typeof value !== 'string') return value;
  if (key === 'message' || key === 'details' || key === 'adminPass') return '<text>';
  if (key === 'version' && /^2\.\d+$/.test(value)) return '<version>';
  if (key === 'href') return new URL(value).pathname;
  return value.replace(/\d/g, (digit) => (/^\d{4}-\d\d-\d\dT/.test(value) ? '0' : digit));
}

/** Where two values part, and how; undefined if nowhere. */
function firstDifference(ours: unknown, theirs: unknown, path = ''): string | undefined {
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null) {
    return Object.is(ours, theirs)
      ? undefined
      : `${path}: ${JSON.stringify(ours)} instead of ${JSON.stringify(theirs)}`;
  }
  const [a, b] = [ours as Record<string, unknown>, theirs as Record<string, unknown>];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const difference = firstDifference(a[key], b[key], `${path}/${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

test.run();
