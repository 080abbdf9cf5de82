/** The conformance kit: the client passes, each of its mutants fails, and a naive client fails what the page says. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as sdk from '../../client-sdk/src/index.ts';
import { judge } from '../../server/cli/conformance/judge.ts';
import { judgeAll } from '../../server/cli/conformance/run.ts';
import { loadScenarios } from '../../server/cli/conformance/scenario.ts';
import type { Subject } from '../../server/cli/conformance/subject.ts';
import { temporaryFolder } from '../support/process.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

const test = suite('conformance kit');
const CLIENT = resolve(import.meta.dirname, '../../client-sdk');
type Module = { readonly connect: unknown };
/** Plain JavaScript, as a stranger gets it. */
const example = (name: string) => import(join(CLIENT, 'conformance', name));
const PATIENCE = 15_000;

/** Retries come soon, and not at once: a window must be seen to be obeyed. */
const random = () => 0.02;
const { follow } = await example('sdk-client.mjs');
const { follow: naive } = (await example('naive-client.mjs')) as { follow: Subject };
const subjectOf =
  (module: Module): Subject =>
  (setup, say) =>
    follow(module, setup, say, { random });
const ours = loadScenarios();

test('every kind of scenario exists, each under its own name', () => {
  const names = loadScenarios().map(({ name }) => name);
  assert.is(new Set(names).size, names.length);
  assert.ok(names.length >= 60);
});

test('our client passes every scenario, by WebSocket, events and poll', async () => {
  const verdicts = await judgeAll(ours, subjectOf(sdk), PATIENCE, undefined, 8);
  assert.equal(
    verdicts.filter(({ passed }) => !passed),
    [],
  );
});

test('a client that stops at a refusal, without a fresh token first, passes too', async () => {
  const once: Subject = (setup, say) => follow(sdk, setup, say, { random, token: 'token-1' });
  const scenarios = ours.filter(({ name }) => ['close-4401', 'close-4403', 'events-403'].includes(name));
  const verdicts = await judgeAll(scenarios, once, PATIENCE);
  assert.equal(
    verdicts.map(({ passed }) => passed),
    [true, true, true],
  );
});

/** The client built with this mistake. @throws if the line that it changes is not there any more */
async function mutated(folder: string, { file, from, to, scenario }: Mutant): Promise<Module> {
  const path = join(CLIENT, file);
  const text = await readFile(path, 'utf8');
  assert.is(text.split(from).length, 2, `${file} has once: ${from}`);
  const { outputFiles } = await build({
    entryPoints: [join(CLIENT, 'src/index.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    plugins: [
      {
        name: 'mutant',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, (asked) =>
            asked.path === path ? { contents: text.replace(from, () => to), loader: 'ts' } : undefined,
          );
        },
      },
    ],
  });
  const out = join(folder, `${scenario}.mjs`);
  await writeFile(out, outputFiles[0]?.contents ?? '');
  return import(out);
}

test('each mutant of it fails the scenario that tests its mistake', async () => {
  await using folder = await temporaryFolder();
  const missed = await Promise.all(
    MUTANTS.map(async (mutant) => {
      const scenario = ours.find(({ name }) => name === mutant.scenario);
      assert.ok(scenario, mutant.scenario);
      const { passed } = await judge(scenario, subjectOf(await mutated(folder.path, mutant)), 3_000);
      return passed ? mutant.mistake : undefined;
    }),
  );
  assert.equal(
    missed.filter((mistake) => mistake !== undefined),
    [],
  );
  assert.ok(MUTANTS.length >= 15);
});

test('the naive client fails exactly what the page lists', async () => {
  const page = await readFile(join(CLIENT, 'conformance/README.md'), 'utf8');
  const [, list = ''] = /## What the naive client fails\n(.*?)(?:\n## |$)/s.exec(page) ?? [];
  const listed = [...list.matchAll(/^- `([\w-]+)`/gm)].map(([, name]) => name);
  const scenarios = ours.filter(({ transport }) => transport === 'websocket');
  const verdicts = await judgeAll(scenarios, naive, 8_000, undefined, 12);
  const failed = verdicts.filter(({ passed }) => !passed).map(({ name }) => name);
  assert.equal(failed.sort(), listed.sort());
});

test.run();
