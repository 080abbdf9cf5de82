import { Argument, type Command } from 'commander';
import type { Terminal } from '../support/terminal.ts';
import type { Shell } from './run.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

/** `completion` and `man`: both are generated from the tree of commands. */
export function declareCompletion(parent: Command, terminal: Terminal): void {
  parent
    .command('completion')
    .summary('print the completion of a shell')
    .description('Print what makes a shell complete the commands and flags of hostbeat.')
    .addArgument(new Argument('<shell>', 'for which').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n  $ source <(hostbeat completion bash)\n  $ hostbeat completion fish > ~/.config/fish/completions/hostbeat.fish',
    )
    .action(async (shell: Shell) => {
      const { completionFor } = await import('./run.ts');
      terminal.out(completionFor(shell, parent));
    });
  parent
    .command('man')
    .summary('print the manual page')
    .description('Print the manual page, as man(1) reads it.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ hostbeat man > /usr/share/man/man1/hostbeat.1\n  $ hostbeat man | man -l -',
    )
    .action(async () => {
      const { manualPage } = await import('./manual.ts');
      terminal.out(manualPage(parent));
    });
}
