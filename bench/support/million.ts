/**
 * A database with a million servers, filled as an operator would: services and owners by a seed, servers by a bulk
 * import. It takes some minutes: `--site FOLDER` keeps it there, and takes it from there the next time.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hostbeat, runHostbeat, startServer, temporaryFolder } from '../../tests/support/process.ts';

export const SERVICES = 100_000;
export const SERVERS = 1_000_000;
export const SERVERS_OF_AN_OWNER = 100;
/** Of the ten thousand owners, those who can log in: `owner-0` and on, with password `pw`. */
const WITH_LOGIN = 10;
const YEAR_MS = 365 * 24 * 3_600_000;
const NEWEST = Date.UTC(2026, 0, 1);

export interface MillionServers {
  readonly file: string;
  readonly settings: Readonly<Record<string, string>>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openMillion(): Promise<MillionServers> {
  const at = process.argv.indexOf('--site');
  const kept = at < 0 ? undefined : process.argv[at + 1];
  const folder =
    kept === undefined ? await temporaryFolder() : { path: kept, async [Symbol.asyncDispose]() {} };
  await mkdir(folder.path, { recursive: true });
  const file = `${folder.path}/million.db`;
  if (!existsSync(file)) {
    const filling = `${folder.path}/filling.db`;
    await fill(filling, folder.path);
    await rename(filling, file);
  }
  return { file, settings: settingsFor(file), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** The id of the n-th server: as far from the one before as a random one, and the same in every run. */
export function serverId(n: number): string {
  const hex = createHash('sha256').update(`server ${n}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function settingsFor(file: string): Record<string, string> {
  return {
    HOSTBEAT_DATABASE_URL: `sqlite:${file}`,
    HOSTBEAT_ADMIN_PASSWORD: 'bench',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  };
}

async function fill(file: string, folder: string): Promise<void> {
  const settings = settingsFor(file);
  const seed = `${folder}/seed.json`;
  await writeFile(seed, JSON.stringify(seedDocument()));
  const start = performance.now();
  const seeded = await runHostbeat(['seed', seed, '--offline'], settings);
  if (seeded.code !== 0) throw new Error(`seed: ${seeded.stderr}`);
  process.stderr.write(`${seeded.stdout.trim()} in ${secondsSince(start)} s\n`);
  const server = await startServer(settings);
  const between = performance.now();
  const admin = { OS_USERNAME: 'admin', OS_PASSWORD: 'bench', OS_PROJECT_NAME: 'admin' };
  const importing = hostbeat(
    ['instances', 'import', '-', '--create-missing', '--url', server.url],
    admin,
    'pipe',
  );
  importing.stderr?.pipe(process.stderr);
  const code = new Promise<number | null>((ended) => importing.once('close', ended));
  if (importing.stdin === null) throw new Error('no standard input');
  await pipeline(Readable.from(lines()), importing.stdin);
  if ((await code) !== 0) throw new Error('the import failed');
  process.stderr.write(`${SERVERS} servers imported in ${secondsSince(between)} s\n`);
  await server.stop();
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000);
}

function seedDocument(): unknown {
  const owners = Array.from({ length: WITH_LOGIN }, (_, n) => n);
  return {
    projects: owners.map((n) => ({ id: projectId(n), name: `project-${n}` })),
    users: owners.map((n) => ({
      name: `owner-${n}`,
      password: 'pw',
      roles: [{ project: `project-${n}`, role: 'member' }],
    })),
    services: Array.from({ length: SERVICES }, (_, n) => ({ host: `host-${n}`, binary: 'nova-compute' })),
  };
}

function projectId(owner: number): string {
  return createHash('sha256').update(`owner ${owner}`).digest('hex').slice(0, 32);
}

function* lines(): Generator<string> {
  for (let n = 0; n < SERVERS; n += 1) yield `${JSON.stringify(serverDocument(n))}\n`;
}

/** Created at random times of a year and on random hosts: neighbours in a list have nothing in common. */
function serverDocument(n: number) {
  const drawn = createHash('sha256').update(`place ${n}`).digest();
  const created = new Date(NEWEST - Math.floor((drawn.readUInt32BE(0) / 2 ** 32) * YEAR_MS)).toISOString();
  return {
    id: serverId(n),
    name: `server-${n}`,
    project_id: projectId(Math.floor(n / SERVERS_OF_AN_OWNER)),
    user_id: projectId(Math.floor(n / SERVERS_OF_AN_OWNER)),
    host: `host-${drawn.readUInt32BE(4) % SERVICES}`,
    created_at: created,
    updated_at: created,
    image_ref: '70a599e0-31e7-49b7-b260-868f441e862b',
    flavor: { id: '2', original_name: 'm1.small', vcpus: 1, ram: 2048, disk: 20 },
    metadata: { role: 'web', stage: 'production' },
    addresses: {
      private: [
        {
          addr: `10.${drawn[8]}.${drawn[9]}.${drawn[10]}`,
          version: 4,
          mac_addr: `fa:16:3e:00:${drawn.toString('hex', 8, 9)}:${drawn.toString('hex', 9, 10)}`,
        },
      ],
    },
    security_groups: ['default'],
    key_name: 'ops',
    availability_zone: 'nova',
  };
}
