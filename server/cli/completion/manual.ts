/** The manual page hostbeat(1), from the tree of commands itself. */
import type { EventEmitter } from 'node:events';
import type { Command } from 'commander';
import { SERVER } from '../../version.ts';
import { EXIT_MEANINGS } from '../support/exit-codes.ts';

export function manualPage(program: Command): string {
  return [
    `.TH HOSTBEAT 1 "" "hostbeat ${SERVER.version}" "User Commands"`,
    '.SH NAME',
    `hostbeat \\- ${roff(program.description())}`,
    '.SH SYNOPSIS',
    '.B hostbeat',
    '.I command',
    '[options]',
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => sectionOf(command, [])),
    '.SH EXIT STATUS',
    ...EXIT_MEANINGS.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, roff(meaning)]),
    '',
  ].join('\n');
}

function sectionOf(command: Command, above: readonly string[]): readonly string[] {
  const help = command.createHelp();
  const path = [...above, command.name()];
  const args = help.visibleArguments(command).map((argument) => ` ${help.argumentTerm(argument)}`);
  const options = help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .flatMap((option) => [
      '.TP',
      `.B ${roff(help.optionTerm(option))}`,
      roff(help.optionDescription(option)),
    ]);
  return [
    `.SS "${roff(`hostbeat ${path.join(' ')}${args.join('')}`)}"`,
    roff(command.description()),
    ...options,
    ...afterHelp(command),
    ...command.commands.flatMap((child) => sectionOf(child, path)),
  ];
}

/** The text that `--help` prints below the options: examples and explanations. */
function afterHelp(command: Command): readonly string[] {
  const texts: string[] = [];
  const context = { error: false, command, write: (text: string) => void texts.push(text) };
  for (const event of ['afterHelp', 'afterAllHelp'])
    if (event === 'afterHelp' || command.commands.length > 0)
      (command as unknown as EventEmitter).emit(event, context);
  const text = texts.join('').trim();
  return text === '' ? [] : ['.PP', '.nf', roff(text), '.fi'];
}

/** A backslash, a dash, and a dot or an apostrophe at the beginning of a line have a meaning in roff, which knows ASCII alone. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replaceAll(/[^\0-\x7f]/gu, (sign) => `\\[u${hex(sign)}]`)
    .replaceAll('"', '\\(dq')
    .replace(/^([.'])/gm, '\\&$1');
}

function hex(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
