import { choicesOf, type Node, shellQuoted } from './nodes.ts';

/** The script works sourced, and as a file in `fpath`, which zsh calls when it first needs it. */
export function zsh(nodes: readonly Node[]): string {
  const described = (all: readonly { readonly name: string; readonly help: string }[]) =>
    all.map(({ name, help }) => shellQuoted(`${name}:${help.replaceAll(':', '\\:')}`)).join(' ');
  const cases = nodes.map(
    ({ path, commands, flags }) =>
      `    ${shellQuoted(path)}) commands=(${described(commands)}); flags=(${described(flags)}) ;;`,
  );
  const choices = [...choicesOf(nodes)].map(
    ([name, all]) => `    ${name}) compadd -- ${all.join(' ')}; return ;;`,
  );
  return `#compdef hostbeat
# Completion of hostbeat for zsh: source it, or name it _hostbeat in a folder of fpath.
_hostbeat() {
  local at="" word next
  local -a commands flags
  case "\${words[CURRENT-1]}" in
${choices.join('\n')}
  esac
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$word" == -* ]] && continue
    next="\${at:+$at }$word"
    case "$next" in
${nodes
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${shellQuoted(path)}) at="$next" ;;`)
  .join('\n')}
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  if [[ "$PREFIX" == -* ]]; then
    _describe -o flag flags
  elif (( \${#commands} )); then
    _describe command commands
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _hostbeat ]]; then _hostbeat "$@"; else compdef _hostbeat hostbeat; fi
`;
}
