/** Shell completion, from the tree of commands itself. */
import type { Command } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';
export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

/** One command and what may follow it. */
interface Node {
  /** Without the program's name; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly help: string }[];
  readonly flags: readonly {
    readonly name: string;
    readonly help: string;
    readonly values: readonly string[];
  }[];
}

export function completionFor(shell: Shell, program: Command): string {
  const nodes = nodesOf(program);
  if (shell === 'fish') return fish(nodes);
  return shell === 'bash'
    ? bash(nodes)
    : `#compdef hostbeat\nautoload -U +X bashcompinit && bashcompinit\n${bash(nodes)}`;
}

export function nodesOf(command: Command, path: readonly string[] = []): readonly Node[] {
  const help = command.createHelp();
  const own: Node = {
    path: path.join(' '),
    commands: help
      .visibleCommands(command)
      .map((child) => ({ name: child.name(), help: child.summary() || child.description() })),
    flags: help.visibleOptions(command).map((option) => ({
      name: option.long ?? option.short ?? '',
      help: option.description,
      values: option.argChoices ?? [],
    })),
  };
  return [own, ...command.commands.flatMap((child) => nodesOf(child, [...path, child.name()]))];
}

function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(
    ({ path, commands, flags }) =>
      `    ${quoted(path)}) words=${quoted([...commands, ...flags].map(({ name }) => name).join(' '))} ;;`,
  );
  const values = new Map(
    nodes.flatMap(({ flags }) =>
      flags.filter((flag) => flag.values.length > 0).map((flag) => [flag.name, flag.values] as const),
    ),
  );
  const choices = [...values].map(
    ([name, all]) =>
      `    ${name}) COMPREPLY=($(compgen -W ${quoted(all.join(' '))} -- "$current")); return ;;`,
  );
  return `# Completion of hostbeat for bash: source it, or put it into /etc/bash_completion.d.
_hostbeat() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word words="" next
  case "$previous" in
${choices.join('\n')}
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) continue ;; esac
    next="\${path:+$path }$word"
    case "$next" in
${nodes
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${quoted(path)}) path="$next" ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F _hostbeat hostbeat
`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, flags }) => {
    const words = path === '' ? [] : path.split(' ');
    const children = commands.map(({ name }) => name).join(' ');
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const here = [
      ...(words.length === 0 ? ['__fish_use_subcommand'] : seen),
      ...(children === '' || words.length === 0 ? [] : [`not __fish_seen_subcommand_from ${children}`]),
    ].join('; and ');
    const of = seen.length === 0 ? '' : ` -n '${seen.join('; and ')}'`;
    return [
      ...commands.map(
        ({ name, help }) => `complete -c hostbeat -f -n '${here}' -a ${name} -d ${quoted(help)}`,
      ),
      ...flags
        .filter(({ name }) => name.startsWith('--'))
        .map(({ name, help, values }) => {
          const choices = values.length === 0 ? '' : ` -x -a ${quoted(values.join(' '))}`;
          return `complete -c hostbeat${of} -l ${name.slice(2)}${choices} -d ${quoted(help)}`;
        }),
    ];
  });
  return `# Completion of hostbeat for fish: put it into ~/.config/fish/completions/hostbeat.fish.\n${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", '').replaceAll('\n', ' ')}'`;
}
