import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { login, type Session } from '../../tests/support/http.ts';
import {
  runHostbeat,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../../tests/support/process.ts';
import { newDatabase } from './engine.ts';

/** The server gets one core and the load another, so that neither is measured waiting for the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** Keeps a process on one core, where the machine can. */
export function pin(pid: number, core: number): void {
  spawnSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' });
}

export interface Layout {
  readonly owners: number;
  readonly hosts: number;
  readonly serversPerHost: number;
}

export interface Site {
  server: ServerProcess;
  /** Path of the database, where it is SQLite's. */
  readonly file: string;
  readonly admin: Session;
  /** Tokens of the owners, in order. */
  readonly owners: readonly string[];
  readonly services: readonly { readonly uuid: string; readonly host: string }[];
  /** kill -9, and the next one on the same file. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A running server on a new database, SQLite's unless the words of the command or `env` say otherwise: owners, hosts, and servers distributed over the owners. */
export async function openSite(layout: Layout, env: Record<string, string> = {}): Promise<Site> {
  const folder = await temporaryFolder();
  const services = Array.from({ length: layout.hosts }, (_, n) => ({
    uuid: randomUUID(),
    host: `host-${n}`,
  }));
  const file = `${folder.path}/bench.db`;
  const database = env.HOSTBEAT_DATABASE_URL === undefined ? await newDatabase(file) : undefined;
  const settings = {
    HOSTBEAT_DATABASE_URL: database?.url ?? '',
    HOSTBEAT_ADMIN_PASSWORD: 'bench',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    ...env,
  };
  const seed = `${folder.path}/seed.json`;
  await writeFile(seed, JSON.stringify(seedDocument(layout, services)));
  const seeded = await runHostbeat(['seed', seed, '--offline'], settings);
  if (seeded.code !== 0) throw new Error(`seed: ${seeded.stderr}`);
  const server = await startServer(settings);
  pin(server.pid, SERVER_CORE);
  const owners: string[] = [];
  for (let n = 0; n < layout.owners; n += 1) {
    owners.push((await login(server.url, `owner-${n}`, 'pw', `project-${n}`)).token);
  }
  const site: Site = {
    server,
    file,
    admin: await login(server.url, 'admin', 'bench', 'admin'),
    owners,
    services,
    async restart() {
      await site.server.kill();
      site.server = await startServer(settings);
      pin(site.server.pid, SERVER_CORE);
    },
    async [Symbol.asyncDispose]() {
      await site.server[Symbol.asyncDispose]();
      await database?.close();
      await folder[Symbol.asyncDispose]();
    },
  };
  return site;
}

function seedDocument(layout: Layout, services: Site['services']): unknown {
  const projects = Array.from({ length: layout.owners }, (_, n) => ({
    id: randomUUID().replaceAll('-', ''),
    name: `project-${n}`,
  }));
  const users = projects.map((project, n) => ({
    name: `owner-${n}`,
    password: 'pw',
    roles: [{ project: project.name, role: 'member' }],
  }));
  const instances = services.flatMap(({ host }, h) =>
    Array.from({ length: layout.serversPerHost }, (_, n) => ({
      id: randomUUID(),
      name: `server-${h}-${n}`,
      project_id: projects[n % Math.max(1, projects.length)]?.id,
      host,
    })),
  );
  return {
    projects,
    users,
    services: services.map((service) => ({ ...service, binary: 'nova-compute' })),
    instances,
  };
}

/** Milliseconds of CLOCK_MONOTONIC: the same in every process of this machine. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
