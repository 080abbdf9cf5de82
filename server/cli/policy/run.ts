/** `hostbeat policy check` and `print`. */
import { DEFAULT_RULES } from '../../identity/policy/defaults.ts';
import { readPolicy } from '../../identity/policy/policy-file.ts';
import { readText } from '../support/files.ts';
import type { Terminal } from '../support/terminal.ts';

export function checkPolicy(file: string | undefined, terminal: Terminal): void {
  const path = file ?? fileOf(terminal);
  if (path === undefined) {
    terminal.out('There is no policy file: the defaults are in force.\n');
    return;
  }
  for (const rule of readPolicy(readText(path, 'FILE'), path).unknown)
    terminal.err(`hostbeat: ${path}: nothing asks for the rule "${rule}".\n`);
  terminal.out(`${path} is right.\n`);
}

export function printPolicy(
  file: string | undefined,
  { changed }: { readonly changed?: boolean },
  terminal: Terminal,
): void {
  const path = file ?? fileOf(terminal);
  const written = path === undefined ? new Map() : readPolicy(readText(path, 'FILE'), path).written;
  const names = [...new Set([...DEFAULT_RULES.keys(), ...written.keys()])].sort();
  for (const name of names) {
    const check = written.get(name) ?? DEFAULT_RULES.get(name);
    if (changed === true && check === DEFAULT_RULES.get(name)) continue;
    terminal.out(`${JSON.stringify(name)}: ${JSON.stringify(check)}\n`);
  }
}

function fileOf({ env }: Terminal): string | undefined {
  return env.HOSTBEAT_POLICY_FILE || undefined;
}
