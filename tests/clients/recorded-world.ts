import { resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { runHostbeat, type ServerProcess, startServer } from '../support/process.ts';

const world = resolve(import.meta.dirname, '../nova/golden/world.json');

/** A server that holds the world of the recorded answers, and calls nobody in it silent. */
export async function startRecordedWorld(folder: string): Promise<ServerProcess> {
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${folder}/world.db`, HOSTBEAT_SERVICE_DOWN_TIME: '3600' };
  const seeded = await runHostbeat(['seed', world, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  return startServer(env);
}
