import { type Node, shellQuoted } from './nodes.ts';

export function fish(nodes: readonly Node[]): string {
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
        ({ name, help }) => `complete -c hostbeat -f -n '${here}' -a ${name} -d ${shellQuoted(help)}`,
      ),
      ...flags
        .filter(({ name }) => name.startsWith('--'))
        .map(({ name, help, values }) => {
          const choices = values.length === 0 ? '' : ` -x -a ${shellQuoted(values.join(' '))}`;
          return `complete -c hostbeat${of} -l ${name.slice(2)}${choices} -d ${shellQuoted(help)}`;
        }),
    ];
  });
  return `# Completion of hostbeat for fish: put it into ~/.config/fish/completions/hostbeat.fish.\n${lines.join('\n')}\n`;
}
