import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { chosenEngine } from './engine.ts';

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest-rank percentiles, two decimals. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (share: number) =>
    round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN);
  return { count: sorted.length, p50: rank(0.5), p99: rank(0.99), max: round(sorted.at(-1) ?? Number.NaN) };
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export function median(values: readonly number[]): number {
  return spread(values).p50;
}

/** One figure of a bench: what, on which side, and its numbers. */
export interface Line {
  readonly bench: string;
  readonly what: string;
  readonly unit: string;
  readonly [figure: string]: string | number;
}

/** Collects a bench's figures; prints each as a JSON line, and all as a table at the end. */
export class Report {
  readonly #name: string;
  readonly #lines: Line[] = [];

  constructor(name: string) {
    this.#name = name;
    this.#print({ bench: name, what: 'machine', unit: '', ...machine(name) });
  }

  add(what: string, unit: string, figures: Spread | Record<string, string | number>): void {
    const line: Line = { bench: this.#name, what, unit, ...figures };
    this.#lines.push(line);
    this.#print(line);
  }

  /** The table; with `--save` also `bench/results/DATE-NAME.json`. */
  finish(): void {
    const rows = this.#lines.map(({ bench, what, unit, ...figures }) => [
      `${what}${unit === '' ? '' : ` (${unit})`}`,
      Object.entries(figures)
        .map(([name, value]) => `${name} ${value}`)
        .join('   '),
    ]);
    const width = Math.max(...rows.map(([what]) => what?.length ?? 0));
    process.stdout.write(`\n${rows.map(([what, text]) => `${what?.padEnd(width)}   ${text}`).join('\n')}\n`);
    if (!process.argv.includes('--save')) return;
    const folder = join(import.meta.dirname, '../results');
    mkdirSync(folder, { recursive: true });
    const engine = chosenEngine() === 'sqlite' ? '' : `-${chosenEngine()}`;
    const file = join(folder, `${new Date().toISOString().slice(0, 10)}-${this.#name}${engine}.json`);
    writeFileSync(file, `${JSON.stringify({ machine: machine(this.#name), lines: this.#lines }, null, 2)}\n`);
  }

  #print(line: Line): void {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

function machine(bench: string) {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 1e9),
    runtime: `node ${process.versions.node}`,
    command: ['npm run bench --', bench, ...process.argv.slice(2)].join(' '),
  };
}
