/**
 * Runs the tests that need PostgreSQL (`*.pg.test.ts`): on the server that HOSTBEAT_TEST_POSTGRES_URL names, else on one
 * of Debian's, started for them. Where neither can be had it says so and ends well. Words choose files, as in run.ts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { type Cluster, postgresBinaries, startCluster } from '../support/postgres/cluster.ts';

const words = process.argv.slice(2);
let url = process.env.HOSTBEAT_TEST_POSTGRES_URL;
let cluster: Cluster | undefined;
if (url === undefined) {
  const bin = postgresBinaries();
  if (bin === undefined) {
    console.log(
      'skipped: there is no PostgreSQL here; name one in HOSTBEAT_TEST_POSTGRES_URL, or apt-get install postgresql',
    );
    process.exit(0);
  }
  cluster = await startCluster(bin);
  url = cluster.url;
}

async function run(chosen: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'tests/run.ts', ...chosen], {
    stdio: 'inherit',
    env: { ...process.env, HOSTBEAT_TEST_POSTGRES_URL: url, ...env },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) process.exitCode = code ?? 1;
}

try {
  const wanted = words.filter((word) => !word.startsWith('!'));
  const flows = wanted.filter((word) => word.startsWith('flows/'));
  const others = words.filter((word) => !flows.includes(word));
  if (wanted.length > 0) {
    if (wanted.length > flows.length) await run(others);
    if (flows.length > 0) await run(flows, { HOSTBEAT_TEST_ENGINE: 'postgres' });
  } else {
    await run(['.pg.test.ts', ...words]);
    // The same flows as on SQLite, through whole servers.
    await run(['flows/', ...words], { HOSTBEAT_TEST_ENGINE: 'postgres' });
  }
} finally {
  await cluster?.close();
}
