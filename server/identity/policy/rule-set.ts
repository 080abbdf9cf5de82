/** Combines a file's rules with Nova's defaults: which are in force, and which of them hostbeat asks. */
import type { RuleCheck } from './check.ts';
import { parseCheck, printCheck } from './check.ts';
import { DEFAULT_RULE, type DecideRule, IS_ADMIN, RuleCompiler, RuleReferenceError } from './compile.ts';
import { DEFAULT_RULES } from './defaults.ts';
import { OLD_NAMES, RENAMED } from './renamed.ts';
import { SERVED } from './served.ts';
import { notesOf } from './unknowable.ts';
import type { RuleProblem, WrittenRule } from './written-rule.ts';

export interface RuleSet {
  /** Every rule that hostbeat asks. */
  readonly rules: ReadonlyMap<string, DecideRule>;
  /** Names in the file that neither Nova nor hostbeat knows: misspelt, of another service, or of an older Nova. */
  readonly unknown: readonly string[];
  /** The file's own checks by rule, as they were written. */
  readonly written: ReadonlyMap<string, string>;
  /** Every known rule with its check, as text. */
  readonly inForce: ReadonlyMap<string, string>;
  /** By rule, the parts that never match because hostbeat cannot know the value. */
  readonly notes: ReadonlyMap<string, readonly string[]>;
  /** Warnings about the file, with file and line, about rules that hostbeat does not ask. */
  readonly warnings: readonly string[];
}

const defaults: ReadonlyMap<string, RuleCheck> = new Map(
  [...DEFAULT_RULES].map(([name, text]) => [name, parseCheck(text)]),
);

type Built =
  | { readonly errors: readonly RuleProblem[] }
  | { readonly ruleSet: Omit<RuleSet, 'warnings'>; readonly warnings: readonly RuleProblem[] };

export function buildRuleSet(written: ReadonlyMap<string, WrittenRule>): Built {
  const inForce = withRenamed(written);
  const { reached, errors } = walk(inForce);
  const rules = new Map<string, DecideRule>();
  if (errors.length === 0) {
    const compiler = new RuleCompiler((name) => checkOf(inForce.get(name)));
    for (const name of SERVED.keys()) {
      try {
        rules.set(name, compiler.rule(name));
      } catch (error) {
        if (!(error instanceof RuleReferenceError)) throw error;
        errors.push({
          line: inForce.get(error.rule)?.line,
          message: `rule "${error.rule}": ${error.message}`,
        });
      }
    }
  }
  if (errors.length > 0) return { errors: distinct(errors) };
  const warnings: RuleProblem[] = [];
  for (const [name, rule] of written) {
    if ('broken' in rule && !reached.has(name)) {
      warnings.push({ line: rule.line, message: `rule "${name}": ${rule.broken}; hostbeat does not use it` });
    }
  }
  const checks = new Map(
    [...inForce].flatMap(([name, rule]) => ('check' in rule ? [[name, rule.check]] : [])),
  );
  return {
    ruleSet: {
      rules,
      unknown: [...written.keys()].filter((name) => !isKnown(name) && !reached.has(name)),
      written: new Map([...written].map(([name, rule]) => [name, textOf(rule)])),
      inForce: new Map([...inForce].map(([name, rule]) => [name, textOf(rule)])),
      notes: notesOf(checks),
    },
    warnings,
  };
}

type InForce = Omit<WrittenRule, 'line'> & { readonly line?: number } & (
    | { readonly check: RuleCheck; readonly text: string }
    | { readonly broken: string }
  );

/** The defaults, the file's rules in their place, and the check of an old name where the file gives that alone. */
function withRenamed(written: ReadonlyMap<string, WrittenRule>): ReadonlyMap<string, InForce> {
  const inForce = new Map<string, InForce>();
  for (const [name, text] of DEFAULT_RULES)
    inForce.set(name, { check: defaults.get(name) as RuleCheck, text });
  for (const [name, rule] of written) inForce.set(name, rule);
  for (const [name, old] of OLD_NAMES) {
    const rule = written.get(old);
    if (rule === undefined || written.has(name)) continue;
    // Sample files give the old name as an alias of the new one: that is not meant as a change.
    const text = 'check' in rule ? printCheck(rule.check) : '';
    const isAlias = text === `rule:${name}` || isBuiltOn(text, old, name, written);
    if (!isAlias) inForce.set(name, rule);
  }
  return inForce;
}

/**
 * Of several new names with one old name, a sample names only the last: where that builds on this rule, it would be a
 * circle.
 */
function isBuiltOn(
  text: string,
  old: string,
  name: string,
  written: ReadonlyMap<string, WrittenRule>,
): boolean {
  const alias = RENAMED[old]?.find((other) => text === `rule:${other}`);
  if (alias === undefined || written.has(alias)) return false;
  return DEFAULT_RULES.get(alias)?.split(' ').includes(`rule:${name}`) ?? false;
}

/** Every rule that hostbeat's own rules refer to, and which of them have errors. */
function walk(inForce: ReadonlyMap<string, InForce>) {
  const reached = new Set<string>(SERVED.keys());
  const errors: RuleProblem[] = [];
  for (const name of reached) {
    const rule = inForce.get(name);
    if (rule === undefined) continue;
    if ('broken' in rule) {
      errors.push({ line: rule.line, message: `rule "${nameAt(name, rule, inForce)}": ${rule.broken}` });
      continue;
    }
    for (const reference of referencesOf(rule.check)) {
      if (inForce.has(reference)) reached.add(reference);
      else if (inForce.has(DEFAULT_RULE)) reached.add(DEFAULT_RULE);
      else {
        const message = `rule "${nameAt(name, rule, inForce)}": it refers to "${reference}", which is not a rule`;
        errors.push({ line: rule.line, message });
      }
    }
  }
  // The old name of a rule in force does not count as an unused name.
  for (const [name, old] of OLD_NAMES) {
    if (reached.has(name) && inForce.get(name) === inForce.get(old)) reached.add(old);
  }
  return { reached, errors: distinct(errors) };
}

/** The name under which the file has the rule: the old name, where that replaces it. */
function nameAt(name: string, rule: InForce, inForce: ReadonlyMap<string, InForce>): string {
  const old = OLD_NAMES.get(name);
  return old !== undefined && rule.line !== undefined && inForce.get(old) === rule ? old : name;
}

export function referencesOf(check: RuleCheck): string[] {
  switch (check.is) {
    case 'rule':
      return [check.name];
    case 'attribute':
      return check.name === 'is_admin' ? [IS_ADMIN] : [];
    case 'not':
      return referencesOf(check.check);
    case 'and':
    case 'or':
      return check.checks.flatMap(referencesOf);
    default:
      return [];
  }
}

function isKnown(name: string): boolean {
  return DEFAULT_RULES.has(name) || Object.hasOwn(RENAMED, name) || name === DEFAULT_RULE;
}

function checkOf(rule: InForce | undefined): RuleCheck | undefined {
  return rule !== undefined && 'check' in rule ? rule.check : undefined;
}

function textOf(rule: InForce): string {
  return 'check' in rule ? rule.text : '!';
}

function distinct(problems: readonly RuleProblem[]): RuleProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.line} ${problem.message}`, problem])).values()];
}

const built = buildRuleSet(new Map());
if ('errors' in built) throw new Error(built.errors.map(({ message }) => message).join('\n'));

export const DEFAULT_RULE_SET: RuleSet = { ...built.ruleSet, warnings: [] };
