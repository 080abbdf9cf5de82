/**
 * PostgreSQL and HAProxy as images, made of Debian's packages because no registry of images is needed here: they have the
 * names, the settings and the signals of the official ones, as far as docs/deploy/nodes/compose.yaml uses them.
 */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, temporaryFolder } from '../support/process.ts';
import { must } from './system.ts';

/** Debian's release has the major versions that the compose file names. */
const SUITE = 'trixie';
const SYSTEM = 'localhost/hostbeat-test-programs';

/** As the official image: makes a database at its first start, then is the server. */
const START = `#!/bin/sh
set -eu
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 --locale=C.UTF-8
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -j postgres
fi
exec "$@" -c listen_addresses='*'
`;

const FILES: Readonly<Record<string, string>> = {
  [SYSTEM]: `FROM scratch
ADD system.tar /
`,
  'postgres:17': `FROM ${SYSTEM}
ENV PATH=/usr/lib/postgresql/17/bin:/usr/sbin:/usr/bin:/sbin:/bin PGDATA=/var/lib/postgresql/data
COPY start /usr/local/bin/start
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/local/bin/start"]
CMD ["postgres"]
`,
  'haproxy:3.0': `FROM ${SYSTEM}
USER haproxy
STOPSIGNAL SIGUSR1
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
`,
};

/** Builds those that are not there, and takes them away in the end: they bear another's names. */
export async function standIns(): Promise<AsyncDisposable> {
  await using made = new AsyncDisposableStack();
  await using folder = await temporaryFolder();
  const into = (file: string) => join(folder.path, file);
  const programs = ['--quiet', '--variant=essential', '--include=postgresql-17,haproxy', SUITE];
  await must('mmdebstrap', [...programs, into('system.tar')]);
  await writeFile(into('start'), START);
  await chmod(into('start'), 0o755);
  for (const [name, text] of Object.entries(FILES)) {
    if ((await runCommand('podman', ['image', 'exists', name])).code === 0) continue;
    await writeFile(into('Containerfile'), text);
    const how = ['--format=docker', '--layers=false', '--pull=never', '--isolation=chroot'];
    await must('podman', ['build', ...how, '--tag', name, folder.path]);
    made.defer(async () => void (await runCommand('podman', ['rmi', '--force', name])));
  }
  const kept = made.move();
  return { [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
