/** `hostbeat policy check` and `print`. */
import { DEFAULT_RULES } from '../../identity/policy/defaults.ts';
import { readPolicy } from '../../identity/policy/policy-file.ts';
import { DEFAULT_RULE_SET, type RuleSet } from '../../identity/policy/rule-set.ts';
import { readText } from '../support/files.ts';
import type { Terminal } from '../support/terminal.ts';

export function checkPolicy(file: string | undefined, terminal: Terminal): void {
  const path = file ?? fileOf(terminal);
  if (path === undefined) {
    terminal.out('There is no policy file: the defaults are in force.\n');
    return;
  }
  for (const remark of remarksOn(readPolicy(readText(path, 'FILE'), path), path))
    terminal.err(`hostbeat: ${remark}\n`);
  terminal.out(`${path} is right.\n`);
}

/** Warnings about a usable file, one sentence each. */
export function remarksOn({ warnings, unknown, notes }: RuleSet, path: string): string[] {
  return [
    ...warnings,
    ...unknown.map((rule) => `${path}: hostbeat never uses the rule "${rule}".`),
    ...[...notes].flatMap(([rule, closed]) => closed.map((why) => `${path}: rule "${rule}": ${why}.`)),
  ];
}

export function printPolicy(
  file: string | undefined,
  { changed }: { readonly changed?: boolean },
  terminal: Terminal,
): void {
  const path = file ?? fileOf(terminal);
  const { inForce, notes } = path === undefined ? DEFAULT_RULE_SET : readPolicy(readText(path, 'FILE'), path);
  for (const name of [...inForce.keys()].sort()) {
    const check = inForce.get(name);
    if (changed === true && check === DEFAULT_RULES.get(name)) continue;
    for (const why of notes.get(name) ?? []) terminal.out(`# ${why}\n`);
    terminal.out(`${JSON.stringify(name)}: ${JSON.stringify(check)}\n`);
  }
}

function fileOf({ env }: Terminal): string | undefined {
  return env.HOSTBEAT_POLICY_FILE || undefined;
}
