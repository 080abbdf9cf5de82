/** On PostgreSQL too an item has one name, and a cluster whose files are put back gives none again. */
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import { postgresBinaries, startCluster } from '../../support/postgres/cluster.ts';
import { hasPostgres } from '../../support/postgres/stores.ts';
import { temporaryFolder } from '../../support/process.ts';
import { namesInTwoFutures } from './naming.ts';

const test = suite('names of items on PostgreSQL');

test('each way gives an item one name, and files that are put back give none again', async () => {
  await using folder = await temporaryFolder();
  const cluster = await startCluster(postgresBinaries() as string);
  const [data, copy] = [`${cluster.folder}/data`, `${cluster.folder}/copy`];
  const whileStopped = async (work: () => void) => {
    await cluster.stop();
    work();
    await cluster.start();
  };
  try {
    await namesInTwoFutures(cluster.url, folder.path, {
      save: () => whileStopped(() => execFileSync('cp', ['-a', data, copy])),
      restore: () =>
        whileStopped(() => {
          execFileSync('rm', ['-r', data]);
          execFileSync('cp', ['-a', copy, data]);
        }),
    });
  } finally {
    await cluster.close();
  }
});

if (hasPostgres('names of items') && postgresBinaries() !== undefined) test.run();
