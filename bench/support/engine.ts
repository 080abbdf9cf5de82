/** Which database a bench's server uses: `--database sqlite`, a new file, which is the default; or `--database postgres`. */
import { postgresBinaries, startCluster } from '../../tests/support/postgres/cluster.ts';

const ENGINES = ['sqlite', 'postgres'] as const;
export type Engine = (typeof ENGINES)[number];

export function chosenEngine(words: readonly string[] = process.argv): Engine {
  const at = words.indexOf('--database');
  const chosen = at < 0 ? 'sqlite' : words[at + 1];
  const engine = ENGINES.find((one) => one === chosen);
  if (engine !== undefined) return engine;
  console.error(`--database is ${ENGINES.join(' or ')}, not ${chosen ?? 'nothing'}`);
  process.exit(64);
}

/** An empty database for a server. PostgreSQL is Debian's on this machine, with a flush at each commit. */
export async function newDatabase(file: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  if (chosenEngine() === 'sqlite') return { url: `sqlite:${file}`, close: async () => undefined };
  return startCluster(debiansPostgres(), { fsync: 'on' });
}

/** Ends the bench where it is not installed. */
export function debiansPostgres(): string {
  const bin = postgresBinaries();
  if (bin !== undefined) return bin;
  console.error('there is no PostgreSQL here: apt-get install postgresql');
  process.exit(69);
}
