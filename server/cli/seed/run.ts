/** `hostbeat seed FILE`. */
import { randomUUID } from 'node:crypto';
import { countsAsChanges } from '../../domain/audit.ts';
import type { SeedSummary } from '../../seed/apply.ts';
import { type ConnectionFlags, connectionOf, isThroughServer } from '../support/connection.ts';
import { type DatabaseFlags, doneHere, withDatabase } from '../support/database.ts';
import { readText } from '../support/files.ts';
import { progressTo } from '../support/progress.ts';
import type { Terminal } from '../support/terminal.ts';

export async function runSeed(
  file: string,
  flags: ConnectionFlags & DatabaseFlags,
  terminal: Terminal,
): Promise<void> {
  const text = readText(file, '<file>');
  const summary = isThroughServer(flags, terminal.env)
    ? await throughServer(text, flags, terminal)
    : await intoDatabase(text, flags, terminal);
  const { projects, users, services, instances } = summary;
  terminal.out(
    `${projects} projects, ${users} users; services: ${counts(services)}; servers: ${counts(instances)}\n`,
  );
}

async function throughServer(text: string, flags: ConnectionFlags, terminal: Terminal): Promise<SeedSummary> {
  const { http } = connectionOf(flags, terminal.env);
  const { body } = await http.request<SeedSummary>('POST', '/v1/seed', {
    body: text,
    contentType: 'application/json',
  });
  return body;
}

async function intoDatabase(text: string, flags: DatabaseFlags, terminal: Terminal): Promise<SeedSummary> {
  const { parseSeed } = await import('../../seed/document.ts');
  const { applySeed } = await import('../../seed/apply.ts');
  const { systemClock } = await import('../../runtime/clock.ts');
  const document = parseSeed(text);
  return withDatabase(flags, terminal, async ({ store, accounts, audit }, rules) => {
    const { seedAccounts } = await import('../support/accounts.ts');
    const summary = await applySeed(document, {
      store,
      accounts: await seedAccounts(accounts),
      clock: systemClock,
      rules,
      uuid: randomUUID,
      progress: progressTo(terminal),
    });
    await audit.record(doneHere('seed.apply', 'seed', countsAsChanges(summary)));
    return summary;
  });
}

function counts({ added, changed, unchanged }: SeedSummary['services']): string {
  return `${added} added, ${changed} changed, ${unchanged} as they were`;
}
