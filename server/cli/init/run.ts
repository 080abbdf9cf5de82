/** `hostbeat init`: writes a configuration file from flags or from questions. */
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { keyOf, readConfigFile } from '../../config/files/config-file.ts';
import { loadConfig } from '../../config/load.ts';
import { OPTIONS, type OptionName } from '../../config/options/table.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Terminal } from '../support/terminal.ts';

export interface InitFlags {
  readonly output: string;
  readonly yes?: boolean;
  readonly listen?: string;
  readonly publicUrl?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly databaseUrl?: string;
  readonly adminPasswordFile?: string;
}

const QUESTIONS: readonly (readonly [OptionName & keyof InitFlags, string])[] = [
  ['listen', 'Address to listen on'],
  ['publicUrl', 'URL by which clients reach it, if it differs'],
  ['tlsCert', 'Certificate (PEM file), empty for none'],
  ['tlsKey', 'Private key of the certificate (PEM file)'],
  ['databaseUrl', 'Database'],
];

export async function runInit(flags: InitFlags, terminal: Terminal): Promise<void> {
  if (existsSync(flags.output))
    throw new CliError(
      EXIT.failed,
      `${flags.output} exists already: name another file by --output, or remove it.`,
    );
  const answers = flags.yes === true || !terminal.interactive ? flags : await asked(flags);
  const values: Record<string, string> = {};
  for (const [name] of QUESTIONS) {
    const value = answers[name] ?? ('default' in OPTIONS[name] ? OPTIONS[name].default : undefined);
    if (typeof value === 'string' && value !== '') values[keyOf(OPTIONS[name])] = whole(name, value);
  }
  const generated = flags.adminPasswordFile === undefined;
  const passwordFile = resolve(
    flags.adminPasswordFile ?? join(dirname(flags.output), 'hostbeat-admin-password'),
  );
  values.admin_password_file = passwordFile;
  const writesPassword = generated && !existsSync(passwordFile);
  if (writesPassword)
    writeFileSync(passwordFile, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  const text = document(values);
  try {
    // Checks the settings as `serve` would, which reads the password's file too.
    loadConfig({ env: {}, file: readConfigFile(text, flags.output) });
  } catch (error) {
    if (writesPassword) rmSync(passwordFile);
    throw error;
  }
  writeFileSync(flags.output, text, { mode: 0o644, flag: 'wx' });
  terminal.out(
    `${flags.output} is written; the password of user admin is in ${passwordFile}.\nStart it: hostbeat serve --config ${flags.output}\n`,
  );
}

/**
 * Asks for values that no flag gives. Lines are taken in order, even those typed ahead.
 * @throws CliError `failed` if the input ends before the last question: then nothing is written
 */
async function asked(flags: InitFlags): Promise<InitFlags> {
  const input = createInterface({ input: process.stdin, output: process.stderr });
  const lines = input[Symbol.asyncIterator]();
  const answers: Record<string, unknown> = { ...flags };
  try {
    for (const [name, question] of QUESTIONS) {
      if (answers[name] !== undefined || (name === 'tlsKey' && !answers.tlsCert)) continue;
      const fallback = 'default' in OPTIONS[name] ? OPTIONS[name].default : '';
      input.setPrompt(`${question}${fallback === '' ? '' : ` [${fallback}]`}: `);
      input.prompt();
      const { value, done } = await lines.next();
      if (done === true)
        throw new CliError(EXIT.failed, 'not all questions were answered: nothing was written.');
      const answer = value.trim();
      if (answer !== '') answers[name] = answer;
    }
  } finally {
    input.close();
  }
  return answers as unknown as InitFlags;
}

/** Makes a path absolute: `serve` may be started in another folder, where it must not create another database. */
function whole(name: OptionName, value: string): string {
  if (name === 'tlsCert' || name === 'tlsKey') return resolve(value);
  return name === 'databaseUrl'
    ? value.replace(/^sqlite:(?!:memory:)(.+)$/, (_, path) => `sqlite:${resolve(path)}`)
    : value;
}

function document(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `# Settings of "hostbeat serve --config". Every setting: "hostbeat config doc".\n${lines.join('\n')}\n`;
}
