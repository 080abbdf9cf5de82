/** The links of an agent with one server or several: which it keeps, which it drops, and when. */
import { getEventListeners } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ReportsAnswer } from '../../../client-sdk/protocol/agent.ts';
import { MAX_REPORTS } from '../../../client-sdk/protocol/agent.ts';
import { Agent } from '../../../server/cli/agent/agent.ts';
import { Fences } from '../../../server/cli/agent/fences.ts';
import { LinkLost } from '../../../server/cli/agent/link.ts';
import { within } from '../../support/within.ts';

const test = suite('links of an agent');

const away = new LinkLost('unreachable', 'no answer');
const taken: ReportsAnswer = { accepted: 1, rejected: [], services: [] };
const rejecting: ReportsAnswer = { ...taken, accepted: 0, rejected: [{ index: 0, error: 'not yours' }] };
const degraded: ReportsAnswer = { ...taken, degraded: true };

/**
 * An agent that sends the reports of `script`, one after the other: to which server, and the answer or the loss. After
 * the last one it is stopped. Its waits are over at once.
 */
function scripted(urls: readonly string[], script: readonly (ReportsAnswer | Error)[], hosts = 1) {
  const stop = new AbortController();
  const did: string[] = [];
  const said: string[] = [];
  let reports = 0;
  let opened = 0;
  let now = 0;
  const servers = urls.map((url) => ({
    url,
    open: async () => {
      opened += 1;
      const name = `${url}${opened}`;
      return {
        lost: new AbortController().signal,
        reportIntervalMs: undefined,
        async report() {
          const next = script[reports++];
          did.push(`${name} ${next instanceof Error ? 'is lost' : 'answers'}`);
          if (reports === script.length) stop.abort({ reason: 'shutdown' });
          if (next instanceof Error) throw next;
          return structuredClone(next ?? taken);
        },
        close: async () => void did.push(`${name} closed`),
        drop: () => void did.push(`${name} dropped`),
      };
    },
  }));
  const agent = new Agent({
    services: Array.from({ length: hosts }, (_, n) => ({ host: `c${n}`, binary: 'nova-compute' })),
    tokens: { token: async () => 't', refused() {}, renewAt: undefined },
    servers,
    fences: new Fences({ say() {}, onFenced() {} }),
    checks: { hold: async () => true },
    intervalMs: undefined,
    say: (line) => said.push(line),
    stop: stop.signal,
    random: () => 0,
    // A check that took an hour: the next report is due.
    monotonic: () => (now += 3_600_000),
  });
  return { agent, did, said, stop: stop.signal };
}

test('a server that did not answer keeps its link until the next one took two reports', async () => {
  const { agent, did } = scripted(['a', 'b'], [taken, away, taken, taken, taken]);
  await within('the end', agent.run());
  assert.equal(did, [
    'a1 answers',
    'a1 is lost',
    'b2 answers',
    'b2 answers',
    'a1 closed',
    'b2 answers',
    'b2 closed',
  ]);
});

test('a link that was left counts its two reports again when the next one is lost, too', async () => {
  const { agent, did } = scripted(['a', 'b'], [away, taken, away, taken, taken, taken]);
  await within('the end', agent.run());
  assert.equal(did.slice(3), [
    'a3 answers',
    'a3 answers',
    'a1 closed',
    'b2 closed',
    'a3 answers',
    'a3 closed',
  ]);
});

test('an agent with one server leaves no link open behind it', async () => {
  const { agent, did } = scripted(['a'], [away, taken, taken]);
  await within('the end', agent.run());
  assert.equal(did, ['a1 is lost', 'a1 dropped', 'a2 answers', 'a2 answers', 'a2 closed']);
});

test('an agent that is stopped drops the links that it left, and stops listening', async () => {
  const { agent, did, stop } = scripted(['a', 'b'], [away, taken]);
  await within('the end', agent.run());
  assert.equal(did.toSorted(), ['a1 dropped', 'a1 is lost', 'b2 answers', 'b2 closed']);
  assert.is(getEventListeners(stop, 'abort').length, 0);
});

test('a service that is rejected and accepted again is named once each time', async () => {
  const { agent, said } = scripted(['a'], [rejecting, rejecting, taken, taken, rejecting, taken]);
  await within('the end', agent.run());
  const [rejected, accepted] = [
    'c0 nova-compute is rejected: not yours',
    'c0 nova-compute is accepted again',
  ];
  assert.equal(
    said.filter((line) => line.startsWith('c0 nova-compute is')),
    [rejected, accepted, rejected, accepted],
  );
});

test('a server that cannot pass on one batch of several is left', async () => {
  const { agent, did, said } = scripted(['a', 'b'], [degraded, taken, taken, taken], MAX_REPORTS + 1);
  await within('the end', agent.run());
  assert.equal(did.slice(0, 4), ['a1 answers', 'a1 answers', 'b2 answers', 'b2 answers']);
  assert.match(said[0] ?? '', 'cannot pass them on');
});

test('one report asks the next server after an outage, and no other after a refusal', async () => {
  const { agent, did } = scripted(['a', 'b'], [away, taken, taken]);
  assert.is((await within('an answer', agent.once()))?.accepted, 1);
  assert.equal(did, ['a1 is lost', 'a1 closed', 'b2 answers', 'b2 closed']);
  for (const [urls, failure] of [
    [['a', 'b'], new LinkLost('refused', 'no')],
    [['a'], away],
  ] as const) {
    const last = scripted(urls, [failure, taken]);
    const error = await within(
      'a failure',
      last.agent.once().catch((error) => error),
    );
    assert.is(error, failure);
    assert.equal(last.did, ['a1 is lost', 'a1 closed']);
  }
});

test.run();
