/** A project with more servers than a seed loads in a moment, written past every API into the file of a site. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connect } from '../../../db/sqlite/file/connection.ts';
import { InstanceTable } from '../../../db/sqlite/tables/instances.ts';
import { newInstance } from '../../../server/domain/instances/new-instance.ts';
import { runHostbeat } from '../../support/process.ts';
import type { Site } from './site.ts';

export const BIG = 'big';

/** While no server has the file open. Project and user are called `big`, with password `pw`. */
export async function addManyServers(site: Site, count: number): Promise<void> {
  const seed = `${site.file}.big.json`;
  const roles = [{ project: BIG, role: 'member' }];
  const document = { projects: [{ id: BIG, name: BIG }], users: [{ name: BIG, password: 'pw', roles }] };
  await writeFile(seed, JSON.stringify(document));
  const { code, stderr } = await runHostbeat(['seed', seed, '--offline'], site.env);
  if (code !== 0) throw new Error(stderr);
  const connection = connect(site.file);
  const table = new InstanceTable(connection);
  const flavor = {
    id: '1',
    original_name: 'm1',
    vcpus: 1,
    ram: 1,
    disk: 1,
    ephemeral: 0,
    swap: 0,
    extra_specs: {},
  };
  connection.client.transaction(() => {
    for (let n = 0; n < count; n++) {
      const host = site.hosts[n % site.hosts.length] as string;
      const at = Date.now() - n;
      table.put(
        newInstance({ id: randomUUID(), projectId: BIG, userId: BIG, name: `vm-${n}`, host, flavor, at }),
      );
    }
  })();
  connection.client.close();
}
