import type { RuleCheck } from './check.ts';

/** One rule of a file. A check that cannot be parsed is an error only if something asks for the rule. */
export type WrittenRule = { readonly line: number } & (
  | { readonly check: RuleCheck; readonly text: string }
  | { readonly broken: string }
);

/** An error in a file, or a warning about it. */
export interface RuleProblem {
  readonly line: number | undefined;
  readonly message: string;
}
