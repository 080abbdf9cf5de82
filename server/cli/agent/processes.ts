/** The programs that run on this host, by Linux' /proc. */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** Programs whose first argument is the program that really runs, as `python3 /usr/bin/nova-compute`. */
const INTERPRETER =
  /^(python[\d.]*|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|deno|bun|lua[\d.]*|php[\d.]*|guile|tclsh[\d.]*|(ba|da|k|z|a|mk|fi)?sh|busybox)$/;
/** With one of these the interpreter runs what stands in the argument itself, or a module. */
const INLINE = /^-[a-zA-Z]*[cemE]$|^--(eval|print|command)$/;
/** Words between an interpreter and its script. */
const SUBCOMMAND = /^run$/;

/** The names of all processes: the kernel's short name, that of the program's file, and that of its script. */
export async function runningProcesses(): Promise<readonly string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(
    pids.map(async (pid) => {
      // It may be gone by now, which is no error.
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
 * The names of one process. An argument is no name: `man libvirtd`, `grep libvirtd` and `vi libvirtd` are no libvirtd.
 * @param line as in /proc/PID/cmdline, each word ended by a zero
 */
export function namesOf(short: string, line: string): readonly string[] {
  // A zombie has no command line: it is dead and only not reaped yet.
  if (line === '') return [];
  const [program = '', ...args] = line.replace(/\0+$/, '').split('\0');
  // Some write a title there, as "nginx: master process /usr/sbin/nginx".
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
