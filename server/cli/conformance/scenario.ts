/** A scenario of the conformance kit: what the scripted server does, and what a client must decide. One file each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Json = Readonly<Record<string, unknown>>;

export interface Scenario {
  readonly name: string;
  /** The requirement, in a sentence. */
  readonly about: string;
  readonly transport: 'websocket' | 'events' | 'poll';
  /** The answer to the n-th request for a token; `!fail` and `!hang` make the provider fail or hang. After the last: `token-N`. */
  readonly tokens: readonly string[];
  readonly tokenIn: 'hello' | 'ticket';
  /** How many addresses the client gets. */
  readonly nodes: number;
  readonly steps: readonly Json[];
}

const FOLDER = fileURLToPath(new URL('../../../client-sdk/conformance/scenarios/', import.meta.url));

/** The scenarios whose name contains one of the words; all, without words. */
export function loadScenarios(words: readonly string[] = [], folder = FOLDER): readonly Scenario[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .map((file) => readScenario(readFileSync(join(folder, file), 'utf8')))
    .filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
}

export function readScenario(text: string): Scenario {
  const [head = {}, ...steps] = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Json);
  return {
    name: String(head.scenario),
    about: String(head.about),
    transport: (head.transport ?? 'websocket') as Scenario['transport'],
    tokens: (head.tokens ?? []) as readonly string[],
    tokenIn: (head.token_in ?? 'hello') as Scenario['tokenIn'],
    nodes: Number(head.nodes ?? 1),
    steps,
  };
}
