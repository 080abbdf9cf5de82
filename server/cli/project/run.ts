/** `hostbeat project …`: projects of the embedded identity, through a server or in the database file. */
import { shortId } from '../accounts/directory.ts';
import { withDirectory } from '../accounts/with-directory.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { type AccountFlags, checkName } from '../user/run.ts';

/** @throws CliError `failed` for an existing project */
export async function addProject(name: string, flags: AccountFlags, terminal: Terminal): Promise<void> {
  checkName('<name>', name);
  const project = await withDirectory(flags, terminal, async (directory) => {
    if ((await directory.projects()).some((known) => known.name === name))
      throw new CliError(EXIT.failed, `there is a project "${name}" already.`);
    return directory.addProject(name);
  });
  if (flags.json === true) return terminal.out(json({ id: project.id, name }, 2));
  terminal.out(`Project ${name} is ${project.id}.\n`);
}

export async function listProjects(flags: AccountFlags, terminal: Terminal): Promise<void> {
  const all = await withDirectory(flags, terminal, (directory) => directory.projects());
  const projects = all.map(({ id, name, enabled }) => ({ id, name, enabled }));
  if (flags.json === true) return terminal.out(json(projects, 2));
  const rows = projects.map(({ id, name, enabled }) => [shortId(id), name, enabled ? 'yes' : 'no']);
  terminal.out(table(['ID', 'NAME', 'ENABLED'], rows));
}
