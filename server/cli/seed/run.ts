/** `hostbeat seed FILE`. */
import { randomUUID } from 'node:crypto';
import { countsAsChanges } from '../../domain/audit.ts';
import type { SeedSummary } from '../../seed/apply.ts';
import { beginAccounts } from '../accounts/begin.ts';
import { type ConnectionFlags, connected, isThroughServer } from '../connection/connection.ts';
import {
  documentOf,
  type Missing,
  missingOf,
  type Placed,
  type Places,
  placesOf,
  refuseMissing,
} from '../instances/known-places.ts';
import { type DatabaseFlags, doneHere, withDatabase } from '../support/database.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { readText } from '../support/files.ts';
import { progressTo } from '../support/progress.ts';
import { json, type Terminal } from '../support/terminal.ts';

export interface SeedFlags extends ConnectionFlags, DatabaseFlags {
  readonly createMissing?: boolean;
  readonly example?: boolean;
  readonly json?: boolean;
}

export async function runSeed(file: string | undefined, flags: SeedFlags, terminal: Terminal): Promise<void> {
  if (flags.example === true) {
    const { SEED_EXAMPLE } = await import('../../seed/example.ts');
    return terminal.out(SEED_EXAMPLE);
  }
  if (file === undefined)
    throw new CliError(
      EXIT.usage,
      'name the document to load, or - for standard input; --example prints one. Add --help to see how it is used.',
    );
  const { parseSeed, withoutComments } = await import('../../seed/document.ts');
  const text = withoutComments(readText(file, '<file>'));
  // What is wrong with the document is said before anything is opened.
  parseSeed(text);
  const summary = isThroughServer(flags)
    ? await throughServer(text, flags, terminal)
    : await intoDatabase(text, flags, terminal);
  if (flags.json === true) return terminal.out(json(summary, 2));
  const { projects, users, services, instances } = summary;
  terminal.out(
    `${projects} projects, ${users} users; services: ${counts(services)}; servers: ${counts(instances)}\n`,
  );
}

async function throughServer(text: string, flags: SeedFlags, terminal: Terminal): Promise<SeedSummary> {
  const { http } = connected(flags, terminal);
  const load = async (document: string) =>
    (
      await http.request<SeedSummary>('POST', '/v1/seed', {
        body: document,
        contentType: 'application/json',
      })
    ).body;
  const there = withDeclared(await placesOf(http), text);
  const missing = missingOf(serversIn(text), there);
  if (flags.createMissing !== true) refuseMissing(missing, there);
  else if (isAnything(missing)) await load(JSON.stringify(documentOf(missing)));
  return load(text);
}

async function intoDatabase(text: string, flags: SeedFlags, terminal: Terminal): Promise<SeedSummary> {
  const { parseSeed } = await import('../../seed/document.ts');
  const { applySeed } = await import('../../seed/apply.ts');
  const { systemClock } = await import('../../runtime/clock.ts');
  const document = parseSeed(text);
  // Of a file that is not there yet only the document itself can declare anything: nothing is begun in vain.
  const alone = withDeclared({ projects: new Set(), hosts: new Set() }, text);
  const isNew = await isNewDatabase(flags, terminal);
  if (isNew && flags.createMissing !== true) refuseMissing(missingOf(serversIn(text), alone), alone);
  return withDatabase(
    flags,
    terminal,
    async (database, rules) => {
      const { store, accounts, audit } = database;
      const known: Places = {
        projects: new Set((await accounts.projects()).map(({ id }) => id)),
        hosts: new Set((await store.services()).map(({ host }) => host)),
      };
      const there = withDeclared(known, text);
      const missing = missingOf(serversIn(text), there);
      if (flags.createMissing !== true) refuseMissing(missing, there);
      const { seedAccounts } = await import('../accounts/embedded.ts');
      const context = {
        store,
        accounts: await seedAccounts(accounts),
        clock: systemClock,
        rules,
        uuid: randomUUID,
        progress: progressTo(terminal),
      };
      if (isAnything(missing)) await applySeed(parseSeed(JSON.stringify(documentOf(missing))), context);
      const summary = await applySeed(document, context);
      await audit.record(doneHere('seed.apply', 'seed', countsAsChanges(summary)));
      await beginAccounts(database, flags, terminal.env);
      return summary;
    },
    { mustExist: false },
  );
}

async function isNewDatabase(flags: DatabaseFlags, terminal: Terminal): Promise<boolean> {
  const { databaseConfig } = await import('../support/database.ts');
  const { existsSync } = await import('node:fs');
  const path = /^sqlite:(?!:memory:)(.+)$/.exec(databaseConfig(flags, terminal.env).databaseUrl)?.[1];
  return path !== undefined && !existsSync(path);
}

/** Projects and hosts that the document itself brings count as there. */
function withDeclared({ projects, hosts }: Places, text: string): Places {
  const document = JSON.parse(text) as {
    readonly projects?: readonly { readonly id?: string; readonly name: string }[];
    readonly services?: readonly { readonly host: string }[];
  };
  const own = (document.projects ?? []).flatMap(({ id, name }) => [id ?? name, name]);
  return {
    projects: projects === undefined ? undefined : new Set([...projects, ...own]),
    hosts: new Set([...hosts, ...(document.services ?? []).map(({ host }) => host)]),
  };
}

function serversIn(text: string): readonly Placed[] {
  return (JSON.parse(text) as { readonly instances?: readonly Placed[] }).instances ?? [];
}

function isAnything({ projects, hosts }: Missing): boolean {
  return projects.length + hosts.length > 0;
}

function counts({ added, changed, unchanged }: SeedSummary['services']): string {
  return `${added} added, ${changed} changed, ${unchanged} as they were`;
}
