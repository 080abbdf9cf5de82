/**
 * Stands before uvu, which drops what a hook throws: a hook that throws is named, with its error, and its suite fails.
 * tests/run.ts puts it there, on runtimes that let it.
 */
import * as uvu from 'uvu';

export const { exec, test } = uvu;

type Hook = (state: never) => unknown;
type Register = (hook: Hook) => void;

export const suite = ((name: string, state: never) => {
  const made = uvu.suite(name, state);
  made.before = named(made.before, name, 'before');
  made.after = named(made.after, name, 'after');
  return made;
}) as unknown as typeof uvu.suite;

function named(register: unknown, suite: string, kind: string): never {
  const original = register as Register & { each: Register };
  const wrapped: Register = (hook) =>
    original(async (state) => {
      try {
        await hook(state);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        console.error(`\n   FAIL  ${suite}  its "${kind}"\n    ${text}\n`);
        throw error;
      }
    });
  return Object.assign(wrapped, { each: original.each }) as never;
}
