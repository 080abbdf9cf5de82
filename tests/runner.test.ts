/** What tests/run.ts makes of tests that fail in ways that uvu does not know. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(import.meta.dirname, '..');

/** Runs test files in a folder of their own. */
async function runTests(
  files: Readonly<Record<string, string>>,
  seed = '1',
  args: readonly string[] = [],
): Promise<{ readonly code: number | null; readonly printed: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'hostbeat-runner-'));
  try {
    await mkdir(join(folder, 'tests'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const head = `import fc from 'fast-check'; import { createServer } from 'node:net'; import { suite } from 'uvu';
      const test = suite('made up');`;
    for (const [name, body] of Object.entries(files)) {
      await writeFile(join(folder, 'tests', name), `${head}\n${body}\ntest.run();`);
    }
    const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'tests/run.ts'), ...args], {
      cwd: folder,
      env: { ...process.env, HOSTBEAT_TEST_SEED: seed },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = (await once(child, 'exit')) as [number | null];
    return { code, printed: (await said).join('\n') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runScript(
  script: string,
): Promise<{ readonly code: number | null; readonly printed: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, printed: (await said).join('\n') };
}

const after20ms = 'await new Promise((then) => setTimeout(then, 20));';

const test = suite('runner');

test('what a listener throws fails the test that runs, and the others run', async () => {
  const { code, printed } = await runTests({
    'a.test.ts': `test('one', () => {});
      test('two', async () => { setTimeout(() => { throw new Error('by a listener'); }, 1); ${after20ms} });`,
    'b.test.ts': `test('three', async () => { void Promise.reject(new Error('awaited by nobody')); ${after20ms} });`,
  });
  assert.is(code, 1);
  assert.match(printed, /FAIL {2}"a\.test\.ts: made up, test 2"\n.*Error: by a listener/);
  assert.match(printed, /FAIL {2}"b\.test\.ts: made up, test 1"\n.*Error: awaited by nobody/);
  assert.match(printed, /Total: +3\n/);
});

test('a test that fails and leaves a socket open does not hold up the end', async () => {
  const { code, printed } = await runTests({
    'a.test.ts': `test('one', () => { createServer().listen(0); throw new Error('failed'); });`,
  });
  assert.is(code, 1);
  assert.match(printed, /made up {2}"one"\n.*failed/);
  assert.not.match(printed, /something is still open/);
});

test('a test that waits for what cannot happen is named', async () => {
  const { code, printed } = await runTests({
    'a.test.ts': `test('one', () => {}); test('two', () => new Promise(() => {}));`,
  });
  assert.is.not(code, 0);
  assert.match(printed, /FAIL {2}"a\.test\.ts: made up, test 2"/);
});

test('what a "before" throws is printed, and its suite fails', async () => {
  const { code, printed } = await runTests({
    'a.test.ts': `test.before(() => { throw new Error('in a hook'); }); test('one', () => {});`,
  });
  assert.is(code, 1);
  assert.match(printed, /FAIL {2}made up {2}its "before"\n.*Error: in a hook/);
});

test('what an "after" throws fails its suite, and the others run', async () => {
  const { code, printed } = await runTests({
    'a.test.ts': `test.after(() => { throw new Error('at the end'); }); test('one', () => {});`,
    'b.test.ts': `test.after.each(() => { throw new Error('after each'); }); test('two', () => {}); test('three', () => {});`,
  });
  assert.is(code, 1);
  assert.match(printed, /the "after" of made up: Error: at the end/);
  assert.match(printed, /the "after\.each" of made up: Error: after each/);
  assert.match(printed, /Total: +3\n/);
});

test('a hook that fails does not hang the run for what was never made', async () => {
  const { code, printed } = await runTests({
    'a.test.ts': `test.before(() => { createServer().listen(0); throw new Error('in a hook'); });
      test.after((context) => context.made.close()); test('one', () => {});`,
    'b.test.ts': `test.before.each(() => { throw new Error('before each'); });
      test.after.each((context) => context.made.close()); test('two', () => {}); test('three', () => {});`,
  });
  assert.is(code, 1);
  assert.match(printed, /its "before"\n.*Error: in a hook/);
  assert.match(printed, /FAIL.+"two"\n.*before each/);
  assert.match(printed, /FAIL.+"three"\n.*before each/);
  assert.not.match(printed, /Cannot read properties/);
});

test('with --first the run ends at once with the first test that fails', async () => {
  const { code, printed } = await runTests(
    {
      'a.test.ts': `test('one', () => {}); test('two', () => { throw new Error('failed'); });
        test('three', () => { console.log('went on'); });`,
    },
    '1',
    ['--first'],
  );
  assert.is(code, 1);
  assert.match(printed, /FAIL {2}"a\.test\.ts: made up, test 2"\n +after \d+ ms\n/);
  assert.not.match(printed, /went on|no longer happen/);
});

test('a loop that turns no more is named, and ended', async () => {
  const { code, printed } =
    await runScript(`import { watchLoop } from '${join(root, 'tests/loop-watchdog.ts')}';
    watchLoop(300)('a.test.ts: made up, test 7');
    setTimeout(async () => { for (;;) await null; });`);
  assert.is.not(code, 0);
  assert.match(printed, /FAIL {2}"a\.test\.ts: made up, test 7"\n +the event loop has not turned/);
});

test('a failing property prints how to repeat it, and other seeds draw other cases', async () => {
  const property = `test('one', () => fc.assert(fc.property(fc.integer(), (n) => n < 1_000)));`;
  const { code, printed } = await runTests({ 'a.test.ts': property }, '7');
  assert.is(code, 1);
  assert.match(printed, /Counterexample: \[1000\]/);
  assert.match(printed, /HOSTBEAT_TEST_SEED=7 npm test -- a\.test\.ts/);
  const random = await runTests({ 'a.test.ts': property }, 'random');
  const [, seed] = /tried with HOSTBEAT_TEST_SEED=(\d+)/.exec(random.printed) ?? [];
  assert.match(random.printed, `HOSTBEAT_TEST_SEED=${seed} npm test -- a.test.ts`);
});

test.run();
