/**
 * A database with 300 000 servers by default, written row by row into the file: services and owners by a seed, as an
 * operator would, and the servers past every API, since only reads are measured. `--site FOLDER` keeps it.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { connect } from '../../db/sqlite/file/connection.ts';
import { InstanceTable } from '../../db/sqlite/tables/instances.ts';
import type { Flavor, Instance } from '../../server/domain/instances/instance.ts';
import { newInstance } from '../../server/domain/instances/new-instance.ts';
import { runHostbeat, temporaryFolder } from '../../tests/support/process.ts';

export const SERVERS = 300_000;
export const HOSTS = 2_000;
/** One owner has two thirds of all servers, each of the others a hundred. */
export const OF_THE_LARGEST = 200_000;
const OF_AN_OWNER = 100;
const YEAR_MS = 365 * 24 * 3_600_000;
const NEWEST = Date.UTC(2026, 0, 1);
const IMAGES = Array.from({ length: 20 }, (_, n) => idOf(`image ${n}`));
const STATES = [
  'active',
  'active',
  'active',
  'active',
  'active',
  'active',
  'active',
  'stopped',
  'paused',
  'error',
];

export interface LargeSite {
  readonly file: string;
  readonly settings: Readonly<Record<string, string>>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openLarge(servers = SERVERS): Promise<LargeSite> {
  const at = process.argv.indexOf('--site');
  const kept = at < 0 ? undefined : process.argv[at + 1];
  const folder =
    kept === undefined ? await temporaryFolder() : { path: kept, async [Symbol.asyncDispose]() {} };
  await mkdir(folder.path, { recursive: true });
  const file = `${folder.path}/large.db`;
  if (!existsSync(file)) {
    const filling = `${folder.path}/filling.db`;
    await fill(filling, folder.path, servers);
    await rename(filling, file);
  }
  const settings = {
    HOSTBEAT_DATABASE_URL: `sqlite:${file}`,
    HOSTBEAT_ADMIN_PASSWORD: 'bench',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  };
  return { file, settings, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

export function serverId(n: number): string {
  return idOf(`server ${n}`);
}

async function fill(file: string, folder: string, servers: number): Promise<void> {
  const seed = `${folder}/large-seed.json`;
  const owners = ['largest', 'small', 'bystander'];
  const document = {
    projects: owners.map((name) => ({ id: projectId(name), name })),
    users: owners.map((name) => ({ name, password: 'pw', roles: [{ project: name, role: 'member' }] })),
    services: Array.from({ length: HOSTS }, (_, n) => ({ host: `host-${n}`, binary: 'nova-compute' })),
  };
  await writeFile(seed, JSON.stringify(document));
  const settings = { HOSTBEAT_DATABASE_URL: `sqlite:${file}`, HOSTBEAT_ADMIN_PASSWORD: 'bench' };
  const seeded = await runHostbeat(['seed', seed, '--offline'], settings);
  if (seeded.code !== 0) throw new Error(`seed: ${seeded.stderr}`);
  const connection = connect(file);
  const table = new InstanceTable(connection);
  connection.client.transaction(() => {
    for (let n = 0; n < servers; n += 1) table.put(instance(n));
  })();
  connection.client.pragma('wal_checkpoint(TRUNCATE)');
  connection.client.close();
}

function ownerOf(n: number): string {
  if (n < OF_THE_LARGEST) return 'largest';
  if (n < OF_THE_LARGEST + OF_AN_OWNER) return 'small';
  if (n < OF_THE_LARGEST + 2 * OF_AN_OWNER) return 'bystander';
  return `owner ${Math.floor(n / OF_AN_OWNER)}`;
}

function projectId(owner: string): string {
  return createHash('sha256').update(owner).digest('hex').slice(0, 32);
}

function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join('-');
}

/** Created at random times of a year and on random hosts: neighbours in a list have nothing in common. */
function instance(n: number): Instance {
  const drawn = createHash('sha256').update(`place ${n}`).digest();
  const at = NEWEST - Math.floor((drawn.readUInt32BE(0) / 2 ** 32) * YEAR_MS);
  const size = drawn.readUInt8(8) % 8;
  const flavor: Flavor = {
    id: String(size),
    original_name: `m1.${size}`,
    vcpus: 1 + size,
    ram: 2_048 * (1 + size),
    disk: 20,
    ephemeral: 0,
    swap: 0,
    extra_specs: {},
  };
  const project = projectId(ownerOf(n));
  const born = newInstance({
    id: serverId(n),
    projectId: project,
    userId: project,
    name: `server-${n}`,
    host: `host-${drawn.readUInt32BE(4) % HOSTS}`,
    flavor,
    at,
  });
  const addr = `10.${drawn[9]}.${drawn[10]}.${drawn[11]}`;
  const mac_addr = `fa:16:3e:${[12, 13, 14].map((byte) => drawn.toString('hex', byte, byte + 1)).join(':')}`;
  return {
    ...born,
    vmState: STATES[drawn.readUInt8(15) % STATES.length] ?? 'active',
    imageRef: IMAGES[drawn.readUInt8(16) % IMAGES.length] ?? '',
    updatedAt: at + drawn.readUInt16BE(17) * 1_000,
    details: {
      ...born.details,
      metadata: { role: 'web', stage: 'production' },
      addresses: { private: [{ addr, version: 4, type: 'fixed', mac_addr }] },
      securityGroups: ['default'],
      keyName: 'ops',
      description: `what server ${n} is for`,
    },
  };
}
