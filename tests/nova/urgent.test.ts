/** A force-down by Nova's API is committed before everything that waits already, in whichever form it is said. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { queueBeforeNext } from '../support/queue-before.ts';
import { openCloud } from './cloud.ts';

const test = suite('urgent changes by os-services');

const HOST = { host: 'c1', binary: 'nova-compute' };

for (const version of ['2.11', '2.52', '2.53', 'latest']) {
  test(`a force-down and its lifting overtake what waits, in ${version}`, async () => {
    const cloud = await openCloud({ empty: true });
    try {
      await cloud.seed({ services: ['c1', 'c2', 'c3'].map((host) => ({ ...HOST, host })) });
      const uuid = (await cloud.store.service(HOST))?.uuid;
      for (const forced_down of [true, false]) {
        const transactions = queueBeforeNext(cloud, ['c2', 'c3']);
        const isOld = version === '2.11' || version === '2.52';
        const answer = await cloud.request(
          'admin',
          'PUT',
          `/v2.1/os-services/${isOld ? 'force-down' : uuid}`,
          { version, body: isOld ? { ...HOST, forced_down } : { forced_down } },
        );
        assert.is(answer.status, 200);
        assert.equal(transactions[0], ['c1'], `forced_down: ${forced_down}`);
        await cloud.seed({ services: ['c2', 'c3'].map((host) => ({ ...HOST, host, disabled: false })) });
      }
    } finally {
      await cloud.close();
    }
  });
}

test.run();
