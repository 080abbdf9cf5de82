/** One openstackclient that does many commands, as it does for people who start it without any. */
import { writeFile } from 'node:fs/promises';
import { runCommand } from '../support/process.ts';

export interface Session {
  // biome-ignore lint/suspicious/noExplicitAny: what a client prints is looked into without types
  readonly printed: readonly any[];
  readonly errors: string;
}

/** Runs commands one after another; those that end with `-f json` print a document each. `folder` is for its input. */
export async function session(
  folder: string,
  env: Record<string, string>,
  commands: readonly string[],
): Promise<Session> {
  const file = `${folder}/commands`;
  await writeFile(file, commands.map((command) => `${command}\n`).join(''));
  const { stdout, stderr } = await runCommand('sh', ['-c', 'exec openstack < "$0"', file], env);
  const documents = stdout.match(/^(\[\]|\{\}|[[{]$[\s\S]*?^[\]}])$/gm) ?? [];
  return { printed: documents.map((text) => JSON.parse(text)), errors: stderr };
}
