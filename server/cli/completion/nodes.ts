/** The tree of commands as a shell's completion needs it. */
import type { Command } from 'commander';

/** One command and its subcommands, flags and values. */
export interface Node {
  /** Without the program's name; empty for the program itself. */
  readonly path: string;
  /** Commands below it, and values that its argument takes. */
  readonly commands: readonly { readonly name: string; readonly help: string }[];
  readonly flags: readonly {
    readonly name: string;
    readonly help: string;
    readonly values: readonly string[];
  }[];
}

export function nodesOf(command: Command, path: readonly string[] = []): readonly Node[] {
  const help = command.createHelp();
  const own: Node = {
    path: path.join(' '),
    commands: [
      ...help
        .visibleCommands(command)
        .map((child) => ({ name: child.name(), help: child.summary() || child.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
        argChoices.map((name) => ({ name, help: description })),
      ),
    ],
    flags: help.visibleOptions(command).map((option) => ({
      name: option.long ?? option.short ?? '',
      help: option.description,
      values: option.argChoices ?? valuesIn(option.flags),
    })),
  };
  return [own, ...command.commands.flatMap((child) => nodesOf(child, [...path, child.name()]))];
}

/** Values that a flag of `serve` names in its own form: `--auth <embedded|keystone|oidc>`. */
function valuesIn(flags: string): readonly string[] {
  return /<([\w-]+(?:\|[\w-]+)+)>/.exec(flags)?.[1]?.split('|') ?? [];
}

/** Flags that take one of a few values. */
export function choicesOf(nodes: readonly Node[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    nodes.flatMap(({ flags }) =>
      flags.filter((flag) => flag.values.length > 0).map((flag) => [flag.name, flag.values] as const),
    ),
  );
}

/** Quotes a text for a shell. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll('\n', ' ')}'`;
}
