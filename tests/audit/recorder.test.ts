import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createRecorder } from '../../server/audit/recorder.ts';
import { FakeClock } from '../support/clock.ts';

const test = suite('recorder of actions');

test('an action is kept with who did it, from where, when, and what it changed', async () => {
  const clock = new FakeClock();
  const kept: unknown[] = [];
  const audit = { record: async (entry: unknown) => void kept.push(entry) };
  const record = createRecorder(audit, clock, (request) => request.headers.get('x-address') ?? undefined);
  const request = new Request('http://h/', { headers: { 'x-address': '192.0.2.7' } });
  const changes = { name: [null, 'alice'] } as const;
  await record(request, 'admin', { action: 'user.create', subject: 'user:u1', changes });
  const [entry, ...more] = kept as Record<string, unknown>[];
  assert.equal(more, []);
  const { at, actor, from, action, subject } = entry ?? {};
  assert.equal([at, actor, from], [clock.now(), 'admin', '192.0.2.7']);
  assert.equal([action, subject, entry?.changes], ['user.create', 'user:u1', changes]);
});

test.run();
