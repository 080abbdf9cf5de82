/** Opens the database named by its argument, says so, and holds it until it is killed. */
import { writeSync } from 'node:fs';
import { openDatabase } from '../../../db/open.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { TEST_RULES } from '../../support/store.ts';

await openDatabase(process.argv[2] as string, { clock: systemClock, rules: TEST_RULES });
writeSync(1, 'held\n');
setInterval(() => {}, 60_000);
