/** One project's webhooks on names whose server never answers, through real questions to it: what that costs another project. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { systemNames } from '../../server/runtime/system-names.ts';
import { nameLookups } from '../../server/webhooks/name-lookups.ts';
import { Targets } from '../../server/webhooks/targets.ts';
import { anIdentity } from '../support/identity.ts';
import { StreamWorld } from '../support/stream-world.ts';
import { until } from '../support/within.ts';
import { Endpoint } from './endpoint.ts';
import { aNameServer } from './name-server.ts';
import { open, wish } from './world.ts';

const test = suite('a name server that never answers');
const MALLORY = anIdentity();
const ALICE = anIdentity({ userId: 'u2', projectId: 'p2' });
const WEBHOOKS = 20;

test('twenty webhooks that wait for it delay no webhook of another project', async () => {
  const w = await StreamWorld.open();
  const endpoint = await Endpoint.open();
  const dns = await aNameServer([127, 0, 0, 1]);
  const lookup = systemNames({ hostsFile: '', resolvConf: '', servers: [dns.server] });
  const webhooks = open(w, {
    targets: new Targets(['127.0.0.0/8'], nameLookups({ lookup, clock: w.clock })),
    maxPerProject: WEBHOOKS,
  });
  await webhooks.start();
  const to = (host: string) => wish(endpoint, { url: `http://${host}:${endpoint.port}/hook` });
  try {
    await w.service();
    for (let n = 0; n < WEBHOOKS; n++) await webhooks.add(to(`${n}.silent`), MALLORY);
    await webhooks.add(to('hook.example'), ALICE);
    await w.server();
    await until('the silent names to be asked for', async () => dns.asked.length > 0);
    await w.server({ id: 'b', projectId: 'p2' });
    assert.is((await endpoint.next()).headers.host, `hook.example:${endpoint.port}`);
    const waiting = await webhooks.list(MALLORY);
    assert.equal([...new Set(waiting.map(({ attempts }) => attempts))], [0], 'theirs still wait');
    const names = new Set(dns.asked.filter((one) => one.endsWith('silent')).map((one) => one.split(' ')[1]));
    assert.ok(names.size <= 4, `${names.size} of theirs are asked for at once`);
    const tested = webhooks.test((await webhooks.list(ALICE))[0]?.id ?? '', ALICE);
    assert.equal(await tested, { delivered: true });
  } finally {
    await webhooks.close();
    await endpoint.close();
    dns.close();
    await w.close();
  }
});

test.run();
