/** As a property: a map that followed whatever happened says the same as the present state that is read at the end. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, HostStatusMap, type StreamKind } from '../../../client-sdk/src/index.ts';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import type { Service } from '../../../server/domain/service.ts';
import { openTestStore } from '../../support/store.ts';
import { StreamWorld } from '../../support/stream-world.ts';
import { placeOf } from '../../support/unsealed-cursor.ts';
import { within } from '../../support/within.ts';

const test = suite('map property');
const HOSTS = ['c1', 'c2'] as const;

const host = fc.constantFrom(...HOSTS);
const server = fc.nat({ max: 3 });
const reason = fc.constantFrom('fenced', 'new memory', null);
const step = fc.oneof(
  fc.record({ do: fc.constant('live' as const), host, live: fc.boolean() }),
  fc.record({ do: fc.constant('disable' as const), host, disabled: fc.boolean(), reason }),
  fc.record({ do: fc.constant('force' as const), host, forcedDown: fc.boolean(), reason }),
  fc.record({ do: fc.constant('hear' as const), host }),
  fc.record({ do: fc.constant('move' as const), host, server }),
  fc.record({ do: fc.constant('remove' as const), server }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function perform(step: Step, w: StreamWorld, servers: Instance[]): Promise<void> {
  const { clock } = w;
  const change = (name: string, fields: Partial<Service>) => w.change(name, fields);
  switch (step.do) {
    case 'live':
      return change(step.host, { live: step.live });
    case 'disable':
      return change(step.host, { disabled: step.disabled, disabledReason: step.reason });
    case 'force': {
      // What is heard counts only against the declaration that it followed.
      const since = step.forcedDown ? clock.now() : null;
      const fields = { forcedDownAt: since, forcedDownReason: step.reason, heardForcedDownAt: null };
      return change(step.host, { forcedDown: step.forcedDown, ...fields });
    }
    case 'hear': {
      const service = await w.store.service({ host: step.host, binary: 'nova-compute' });
      if (service?.forcedDown) await change(step.host, { heardForcedDownAt: clock.now() });
      return;
    }
    case 'move':
    case 'remove': {
      const of = servers[step.server] as Instance;
      const { host: to } = step.do === 'move' ? step : of;
      const deletedAt = step.do === 'remove' ? clock.now() : null;
      servers[step.server] = await w.server({ ...of, host: to, node: to, deletedAt });
    }
  }
}

/** Follows while it all happens, and then compares with what is read. */
async function followed<K extends StreamKind>(steps: readonly Step[], token: string, stream: K) {
  const w = await StreamWorld.open(
    {},
    { store: (clock) => openTestStore({ clock, rules: { ownersSeeReason: true } }) },
  );
  try {
    const servers: Instance[] = [];
    for (const name of HOSTS) await w.service({ host: name });
    for (const n of [0, 1, 2, 3]) servers.push(await w.server({ host: HOSTS[n % 2]!, name: `s${n}` }));
    await using client = connect<K>({ url: w.edge.url, token, stream });
    const map = new HostStatusMap(client);
    let cursor = '';
    client.on('cursor', (reached) => {
      cursor = reached;
    });
    await within('synced', map.synced);
    for (const one of steps) {
      w.clock.advance(1_000);
      await perform(one, w, servers);
    }
    const present = await w.poll(`?stream=${stream}`, token);
    const seqOf = (text: string) => (text === '' ? -1 : placeOf(text, w.store.signingKey).seq);
    while (seqOf(cursor) < seqOf(present.json.cursor)) {
      await within(
        'the rest',
        new Promise<void>((resolve) => {
          client.once('cursor', () => resolve());
        }),
      );
    }
    const byText = (items: Iterable<object>) => [...items].map((item) => JSON.stringify(sorted(item))).sort();
    assert.equal(byText(map.values()), byText(present.json.items));
  } finally {
    await w.close();
  }
}

/** Without a service's number of servers, which is sent only with the service's changes. */
const sorted = (item: object) =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([key]) => key !== 'servers')
      .sort(),
  );

for (const [stream, token] of [
  ['project', 'owner'],
  ['hosts', 'admin'],
] as const) {
  test(`of the stream "${stream}"`, () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), (steps) =>
        followed(steps, token, stream),
      ),
      { numRuns: 25 },
    ));
}

test.run();
