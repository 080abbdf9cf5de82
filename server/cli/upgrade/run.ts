/** `hostbeat upgrade check`. */
import { planUpgrade, type UpgradePlan } from '../../../db/upgrade.ts';
import { SERVER } from '../../version.ts';
import { checkedSettings } from '../config/run.ts';
import type { Finding } from '../doctor/finding.ts';
import { databaseName } from '../support/database.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Flags } from '../support/settings-flags.ts';
import { json as asJson, type Terminal } from '../support/terminal.ts';
import { operatorNotes } from './notes.ts';

type UpgradeFinding = Finding & { readonly check: string };

export async function checkUpgrade(
  { json, ...flags }: Flags & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { config, warnings } = await checkedSettings(flags, terminal);
  const plan = planUpgrade(config.databaseUrl);
  const findings: UpgradeFinding[] = [
    warnings.length === 0
      ? { check: 'settings', verdict: 'ok', words: 'this version takes them' }
      : { check: 'settings', verdict: 'note', words: warnings.join('; ') },
    ...(plan === undefined ? [ofPostgres()] : ofPlan(plan, databaseName(config.databaseUrl))),
  ];
  const notes = operatorNotes();
  if (json === true) {
    terminal.out(
      asJson({ version: SERVER.version, migrations: plan?.migrations ?? null, findings, notes }, 2),
    );
  } else {
    for (const { check, verdict, words } of findings)
      terminal.out(`${verdict.padEnd(5)}  ${check.padEnd(8)}  ${words}\n`);
    if (notes.length > 0) terminal.out(`\nWhat operators must know of ${SERVER.version}:\n`);
    for (const note of notes) terminal.out(`* ${note}\n`);
  }
  if (findings.some(({ verdict }) => verdict === 'wrong')) throw new CliError(EXIT.failed, '');
}

function ofPostgres(): UpgradeFinding {
  return {
    check: 'database',
    verdict: 'note',
    words:
      'PostgreSQL is examined when the server starts: it migrates in one transaction, or refuses and says why. Make a copy by pg_dump first',
  };
}

function ofPlan({ bytes, free, migrations }: UpgradePlan, place: string): readonly UpgradeFinding[] {
  if (bytes === undefined)
    return [{ check: 'database', verdict: 'note', words: `${place} does not exist; serve would create it` }];
  const sound = `${place}, ${megabytes(bytes)}, is intact`;
  if (migrations.length === 0)
    return [{ check: 'database', verdict: 'ok', words: `${sound} and has the form that this version needs` }];
  // A migration may write every table again, into the log and then into the file.
  const needed = 3 * bytes;
  return [
    {
      check: 'database',
      verdict: 'note',
      words: `${sound}; the first start migrates it in one transaction (${migrations.join(', ')}), and an older hostbeat refuses it from then on`,
    },
    {
      check: 'backup',
      verdict: 'note',
      words:
        'make one first, it is the only way back: hostbeat backup FILE, with the old version or this one',
    },
    free < needed
      ? {
          check: 'disk',
          verdict: 'wrong',
          words: `${megabytes(free)} are free and the migration may need ${megabytes(needed)}: free some space`,
        }
      : { check: 'disk', verdict: 'ok', words: `${megabytes(free)} are free` },
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
