import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { browserSize } from '../../../client-sdk/build.ts';
import { runCommand } from '../../support/process.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** A tool of ours, by name. */
export const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);

/** Somebody else's folder, in which the client is installed as it would be published, and nothing besides. */
export class Stranger implements AsyncDisposable {
  readonly path: string;
  /** The package as it would be published. */
  readonly tarball: string;
  /** Bytes of the client as a browser loads it. */
  readonly browserSize: number;

  private constructor(path: string, tarball: string, browserSize: number) {
    this.path = path;
    this.tarball = tarball;
    this.browserSize = browserSize;
  }

  /** Packs, which builds, and installs. */
  static async open(): Promise<Stranger> {
    const path = await mkdtemp(join(tmpdir(), 'hostbeat-client-'));
    await writeFile(join(path, 'package.json'), '{ "type": "module" }');
    await npm('pack', join(ROOT, 'client-sdk'), '--pack-destination', path);
    const packed = (await readdir(path)).filter((file) => file.endsWith('.tgz'));
    await npm(
      'install',
      '--prefix',
      path,
      '--offline',
      '--no-audit',
      '--no-fund',
      join(path, packed[0] ?? ''),
    );
    return new Stranger(path, join(path, packed[0] ?? ''), await browserSize());
  }

  /** The package as it lies there. */
  get installed(): string {
    return join(this.path, 'node_modules/hostbeat-client');
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.path, file), text);
  }

  /** Lends one of our own packages. */
  async lend(name: string): Promise<void> {
    await symlink(join(ROOT, 'node_modules', name), join(this.path, 'node_modules', name));
  }

  /** What the compiler has to say of some files under the strictest rules; nothing is good. */
  async compile(files: readonly string[], options: object): Promise<string> {
    const compilerOptions = {
      target: 'ES2024',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      skipLibCheck: false,
      noEmit: true,
      ...options,
    };
    const config = `tsconfig-${Math.random().toString(36).slice(2)}.json`;
    await this.write(config, JSON.stringify({ compilerOptions, files }));
    return (await runCommand(bin('tsc'), ['-p', join(this.path, config)])).stdout;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}

async function npm(...args: string[]): Promise<void> {
  const { code, stderr } = await runCommand('npm', args);
  if (code !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr}`);
}
