/**
 * Stands before uvu, which drops what a hook throws or ends the whole run for it: here a hook that throws is named, with its
 * error, and fails its suite, and the others run. tests/run.ts puts it there, on runtimes that let it.
 */
import * as uvu from 'uvu';

export const { exec, test } = uvu;

type Hook = (state: never) => unknown;
type Register = (hook: Hook) => void;
type EachRegister = Register & { each: Register };

export const suite = ((name: string, state: never) => {
  const made = uvu.suite(name, state);
  [made.before, made.after] = named(made.before, made.after, name);
  return made;
}) as unknown as typeof uvu.suite;

function named(before: unknown, after: unknown, suite: string): [never, never] {
  const [first, last] = [before, after] as [EachRegister, EachRegister];
  const ofSuite = pair(first, last, suite, '');
  const ofEach = pair(first.each, last.each, suite, '.each');
  return [
    Object.assign(ofSuite.before, { each: ofEach.before }) as never,
    Object.assign(ofSuite.after, { each: ofEach.after }) as never,
  ];
}

function pair(before: Register, after: Register, suite: string, kind: '' | '.each') {
  let hasBegun = true;
  return {
    before: (hook: Hook) =>
      before(async (state) => {
        try {
          hasBegun = true;
          await hook(state);
        } catch (error) {
          hasBegun = false;
          // uvu itself names a test whose "before.each" throws.
          if (kind === '') console.error(`\n   FAIL  ${suite}  its "before"\n    ${textOf(error)}\n`);
          throw error;
        }
      }),
    after: (hook: Hook) =>
      after(async (state) => {
        try {
          await hook(state);
        } catch (error) {
          // What was never made cannot be closed, and its own error says more.
          if (!hasBegun) return;
          // uvu would skip the rest of the suite, or of the run. tests/run.ts counts what nothing awaits.
          void Promise.reject(new Error(`the "after${kind}" of ${suite}: ${textOf(error)}`));
        }
      }),
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
