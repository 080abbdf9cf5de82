/** `hostbeat seed FILE`. */
import { randomUUID } from 'node:crypto';
import { countsAsChanges } from '../../domain/audit.ts';
import type { SeedSummary } from '../../seed/apply.ts';
import type { SeedDocument } from '../../seed/document.ts';
import type { LoadSummary } from '../../seed/load.ts';
import { beginAccounts } from '../accounts/begin.ts';
import { type ConnectionFlags, connected, isThroughServer } from '../connection/connection.ts';
import { type DatabaseFlags, doneHere, withDatabase } from '../support/database.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { readText } from '../support/files.ts';
import { progressTo } from '../support/progress.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { counted } from '../support/text.ts';

export interface SeedFlags extends ConnectionFlags, DatabaseFlags {
  readonly createMissing?: boolean;
  readonly example?: boolean;
  readonly reference?: boolean;
  readonly json?: boolean;
}

export async function runSeed(file: string | undefined, flags: SeedFlags, terminal: Terminal): Promise<void> {
  if (flags.example === true) {
    const { SEED_EXAMPLE } = await import('../../seed/example.ts');
    return terminal.out(SEED_EXAMPLE);
  }
  if (flags.reference === true) {
    const { seedReference } = await import('../../seed/reference.ts');
    return terminal.out(seedReference());
  }
  if (file === undefined)
    throw new CliError(
      EXIT.usage,
      'name the document to load, or - for standard input; --example prints one. Add --help to see how it is used.',
    );
  const { withoutComments } = await import('../../seed/document.ts');
  const { parseSeed } = await import('../../seed/read-seed.ts');
  const text = withoutComments(readText(file, '<file>'));
  // Errors of the document are reported before anything is opened.
  const document = named(file, () => parseSeed(text));
  const summary = isThroughServer(flags)
    ? await throughServer(text, flags, terminal)
    : await intoDatabase(document, flags, terminal);
  if (flags.json === true) return terminal.out(json(summary, 2));
  const { projects, users, services, instances, created } = summary;
  if (created !== undefined) terminal.out(`created: ${namesOf(created)}\n`);
  terminal.out(
    `${counted(projects, 'project')}, ${counted(users, 'user')}; services: ${counts(services)}; servers: ${counts(instances)}\n`,
  );
}

/** An error of the document, with the file's name in front. */
function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'DomainError') throw error;
    throw new CliError(EXIT.data, `${file === '-' ? 'standard input' : file}: ${message}`, { cause: error });
  }
}

async function throughServer(text: string, flags: SeedFlags, terminal: Terminal): Promise<LoadSummary> {
  const { http } = await connected(flags, terminal);
  const query = flags.createMissing === true ? '?create_missing=true' : '';
  const { body } = await http.request<LoadSummary>('POST', `/v1/seed${query}`, {
    body: text,
    contentType: 'application/json',
  });
  return body;
}

async function intoDatabase(
  document: SeedDocument,
  flags: SeedFlags,
  terminal: Terminal,
): Promise<LoadSummary> {
  const { loadSeed, withDeclared } = await import('../../seed/load.ts');
  const { missingOf, NOTHING_EXISTS, referenceLookup, refuseMissing } = await import(
    '../../seed/references.ts'
  );
  const { systemClock } = await import('../../runtime/clock.ts');
  const createMissing = flags.createMissing === true;
  // For a missing file, only the document can declare projects and hosts; checking first avoids creating a useless
  // file.
  if (!createMissing && (await isNewDatabase(flags, terminal)))
    refuseMissing(await missingOf(document.instances, withDeclared(NOTHING_EXISTS, document)));
  return withDatabase(
    flags,
    terminal,
    async (database, rules) => {
      const { store, accounts, audit } = database;
      const { seedAccounts } = await import('../accounts/embedded.ts');
      const context = {
        store,
        accounts: await seedAccounts(accounts),
        clock: systemClock,
        rules,
        uuid: randomUUID,
        progress: progressTo(terminal),
        lookup: referenceLookup(store, accounts),
      };
      const summary = await loadSeed(document, context, { createMissing });
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

function namesOf({ projects, hosts }: NonNullable<LoadSummary['created']>): string {
  return [...projects.map((name) => `project ${name}`), ...hosts.map((host) => `host ${host}`)].join(', ');
}

function counts({ added, changed, unchanged }: SeedSummary['services']): string {
  return `${added} added, ${changed} changed, ${unchanged} as they were`;
}
