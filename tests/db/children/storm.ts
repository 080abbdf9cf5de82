/**
 * Commits without end, many at a time, and prints `host count` for each once its promise resolved. The count is the
 * reason of the switch, so that the log tells which commits it holds.
 */
import { writeSync } from 'node:fs';
import { openDatabase } from '../../../db/open.ts';
import { COMPUTE } from '../../../server/domain/service.ts';
import { onSwitched } from '../../../server/domain/transition.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { TEST_RULES } from '../../support/store.ts';

const { store } = await openDatabase(process.argv[2] as string, { clock: systemClock, rules: TEST_RULES });
const hosts = (await store.services()).map(({ host }) => host);
let count = Number(process.argv[3]);
for (;;) {
  await Promise.all(
    hosts.map(async (host) => {
      count += 1;
      const disabledReason = String(count);
      await store.updateService({ host, binary: COMPUTE }, (current) =>
        onSwitched(current, { disabled: true, disabledReason }, { actor: 'storm', at: count }, TEST_RULES),
      );
      writeSync(1, `${host} ${disabledReason}\n`);
    }),
  );
}
