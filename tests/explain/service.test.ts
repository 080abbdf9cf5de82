import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { explainService } from '../../server/explain/service.ts';
import { aService, BUILT_AT } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { TEST_RULES } from '../support/store.ts';

const test = suite('explanation of a service');

const SILENT_AT = BUILT_AT + 60_000;

test('a silence is explained by its own record, and by that of no other', async () => {
  const service = aService({ live: false, statusSince: SILENT_AT });
  const item = {
    kind: 'transition',
    service_id: service.uuid,
    from: 'UP',
    to: 'UNKNOWN',
    cause: 'timeout',
    at: new Date(SILENT_AT).toISOString(),
    facts: { forced_down: false, disabled: false, live: false },
  };
  const clock = new FakeClock();
  clock.advance(90_000);
  const explained = await explainService(service, undefined, {
    store: { history: async () => [{ seq: 1, items: JSON.stringify([item]) }] },
    explanations: { silences: async () => [{ at: SILENT_AT - 1 }], sameCommit: async () => [] },
    watcher: { observed: () => [], arrivals: () => [], knowledgeOf: () => undefined },
    receipts: () => [],
    webhooks: { ofProject: async () => [] },
    clock,
    rules: TEST_RULES,
    catchUp: async () => undefined,
  } as never);
  assert.equal([explained.host_status, explained.silence], ['UNKNOWN', null]);
});

test.run();
