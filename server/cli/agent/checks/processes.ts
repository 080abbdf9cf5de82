/** Lists the programs that run on this host, from Linux' /proc. */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** Programs whose first argument is the program that really runs, as `python3 /usr/bin/nova-compute`. */
const INTERPRETER =
  /^(python[\d.]*|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|deno|bun|lua[\d.]*|php[\d.]*|guile|tclsh[\d.]*|(ba|da|k|z|a|mk|fi)?sh|busybox)$/;
/** With one of these flags the interpreter runs the argument itself, or a module, and no script. */
const INLINE = /^-[a-zA-Z]*[cemE]$|^--(eval|print|command)$/;
/** Flags between an interpreter and its script. */
const SUBCOMMAND = /^run$/;

/** The names of all processes: the kernel's short name, the name of the program's file, and the name of its script. */
export async function runningProcesses(): Promise<readonly string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(
    pids.map(async (pid) => {
      // The process may have ended by now; that is not an error.
      const [short, line] = await Promise.all([
        readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''),
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      ]);
      return namesOf(short, line);
    }),
  );
  return names.flat();
}

/**
 * The names of one process. An argument is not a name: `man libvirtd`, `grep libvirtd` and `vi libvirtd` are not libvirtd.
 * @param line as in /proc/PID/cmdline, each word ended by a zero
 */
export function namesOf(short: string, line: string): readonly string[] {
  // A zombie has no command line: it is dead and only not reaped yet.
  if (line === '') return [];
  const [program = '', ...args] = line.replace(/\0+$/, '').split('\0');
  // Some programs write a title there, as "nginx: master process /usr/sbin/nginx".
  const file = basename(program.split(/:? /)[0] ?? '');
  const name = file.replace(/^-/, '');
  const script = INTERPRETER.test(name) ? scriptOf(args) : undefined;
  return [short.trim(), name, ...(script === undefined ? [] : [script])];
}

function scriptOf(args: readonly string[]): string | undefined {
  for (const word of args) {
    if (INLINE.test(word)) return undefined;
    if (word.startsWith('-') || SUBCOMMAND.test(word)) continue;
    return basename(word);
  }
  return undefined;
}
