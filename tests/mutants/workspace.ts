/** A copy of the tree in which code may be broken. The working tree is never touched. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Mutant, mutated } from './mutant.ts';

const root = join(import.meta.dirname, '../..');
const LEFT_OUT = new Set(['node_modules', '.git', 'dist']);

export class Workspace {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'hostbeat-mutants-'));
    for (const path of filesOfTheTree()) {
      if (!existsSync(join(root, path))) continue;
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      cpSync(join(root, path), join(this.folder, path));
    }
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Runs `work` while the mutant's edits are in the copy. */
  async with<T>(mutant: Mutant, work: () => Promise<T>): Promise<T> {
    const path = join(this.folder, mutant.file);
    const sound = readFileSync(path, 'utf8');
    writeFileSync(path, mutated(sound, mutant));
    try {
      return await work();
    } finally {
      writeFileSync(path, sound);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** As git knows them, with what is new and not ignored; without git, everything but what is installed or built. */
function filesOfTheTree(): readonly string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // A link to packages that are installed elsewhere is new to git, and no file.
    return String(listed)
      .split('\0')
      .filter((path) => path !== '' && !LEFT_OUT.has(path));
  } catch {
    return readdirSync(root, { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter((path) => !path.split('/').some((part) => LEFT_OUT.has(part)));
  }
}
