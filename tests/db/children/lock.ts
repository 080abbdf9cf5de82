/** Holds a lock on the SQLite file named by its first argument until it is killed: `BEGIN` in the form of its second. */
import { writeSync } from 'node:fs';
import { openClient } from '../../../db/sqlite/file/client.ts';

const client = openClient(process.argv[2] as string);
client.exec(`BEGIN ${process.argv[3]}`);
writeSync(1, 'held\n');
// The connection must stay referenced: one that is collected gives its lock back.
setInterval(() => client.inTransaction, 60_000);
