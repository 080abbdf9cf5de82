/** What the executable runs: unpacks the files that must be on disk when they are first needed, then the command. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { getAsset } from 'node:sea';
import { pathToFileURL } from 'node:url';

/** Path below the folder -> SHA-256. */
type Manifest = Readonly<Record<string, string>>;

let bundleUrl: string | undefined;

// The bundle reads it where its sources say `import.meta.url`. An agent never does, and unpacks nothing.
Object.defineProperty(globalThis, 'hostbeatBundleUrl', {
  get() {
    bundleUrl ??= pathToFileURL(join(unpack(), 'hostbeat.cjs')).href;
    return bundleUrl;
  },
});

/** The driver, the workers and the migrations, in a folder that only this user may write. */
function unpack(): string {
  const text = getAsset('manifest.json', 'utf8');
  const manifest = JSON.parse(text) as Manifest;
  const name = createHash('sha256').update(text).digest('hex').slice(0, 16);
  for (const parent of parents()) {
    const folder = join(parent, name);
    try {
      if (isWhole(folder, manifest)) return folder;
      const fresh = join(parent, `${name}.${process.pid}`);
      write(fresh, manifest);
      rmSync(folder, { recursive: true, force: true });
      renameSync(fresh, folder);
      return folder;
    } catch {
      // Read-only, full or another user's: tries the next.
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  write(folder, manifest);
  return folder;
}

function parents(): readonly string[] {
  const { CACHE_DIRECTORY, XDG_CACHE_HOME } = process.env;
  const home = homedir();
  return [
    ...(CACHE_DIRECTORY ? [CACHE_DIRECTORY] : []),
    ...(XDG_CACHE_HOME ? [join(XDG_CACHE_HOME, 'hostbeat')] : []),
    ...(home && home !== '/' ? [join(home, '.cache/hostbeat')] : []),
  ];
}

/** Every file is as it was packed, and no other user could have written it. */
function isWhole(folder: string, manifest: Manifest): boolean {
  try {
    const { uid, mode } = statSync(folder);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) return false;
    return Object.entries(manifest).every(([path, digest]) => {
      return (
        createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex') === digest
      );
    });
  } catch {
    return false;
  }
}

function write(folder: string, manifest: Manifest): void {
  for (const path of Object.keys(manifest)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, path), new Uint8Array(getAsset(path)), { mode: 0o600 });
  }
  chmodSync(folder, 0o700);
}

async function start(): Promise<void> {
  const { main } = await import('../../server/cli/index.ts');
  // Commands that start this program again name a script first, as they must under Node.
  const args = process.argv.slice(2);
  await main(args[0]?.endsWith('/hostbeat.mjs') ? args.slice(1) : args);
}

void start();
