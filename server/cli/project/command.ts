import type { Command } from 'commander';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import { addOffline, OFFLINE_HELP } from '../support/offline.ts';
import type { Terminal } from '../support/terminal.ts';
import type { AccountFlags } from '../user/run.ts';

export function declareProject(parent: Command, terminal: Terminal): void {
  const project = parent
    .command('project')
    .summary('projects of the embedded identity')
    .description('Projects of the embedded identity: the owners of servers.')
    .addHelpText(
      'afterAll',
      `${OFFLINE_HELP}
${CREDENTIALS_HELP}

Examples:
  $ hostbeat project add demo
  $ hostbeat project list --json`,
    );
  addOffline(addConnection(project.command('add')))
    .description('Add a project, an owner of servers. Refuses an existing one.')
    .argument('<name>', 'name of the project')
    .option('--json', 'for programs')
    .action(async (name: string, flags: AccountFlags) => {
      const { addProject } = await import('./run.ts');
      await addProject(name, flags, terminal);
    });
  addOffline(addConnection(project.command('list')))
    .description('Print every project with its id, and whether it may be used.')
    .option('--json', 'for programs')
    .action(async (flags: AccountFlags) => {
      const { listProjects } = await import('./run.ts');
      await listProjects(flags, terminal);
    });
}
