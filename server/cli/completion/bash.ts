import { choicesOf, type Node, shellQuoted } from './nodes.ts';

export function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(
    ({ path, commands, flags }) =>
      `    ${shellQuoted(path)}) words=${shellQuoted([...commands, ...flags].map(({ name }) => name).join(' '))} ;;`,
  );
  const choices = [...choicesOf(nodes)].map(
    ([name, all]) =>
      `    ${name}) COMPREPLY=($(compgen -W ${shellQuoted(all.join(' '))} -- "$current")); return ;;`,
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
  .map(({ path }) => `      ${shellQuoted(path)}) path="$next" ;;`)
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
