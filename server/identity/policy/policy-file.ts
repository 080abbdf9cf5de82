/** Parses `policy.yaml`: a map from rule name to check. rule-set.ts decides what the rules mean together. */
import type { Document } from 'yaml';
import { yaml } from '../../config/files/yaml.ts';
import { DomainError } from '../../domain/errors.ts';
import { CheckSyntaxError, parseCheck, printCheck } from './check.ts';
import { buildRuleSet, type RuleSet } from './rule-set.ts';
import type { RuleProblem, WrittenRule } from './written-rule.ts';

/**
 * The defaults, overridden by the file's rules.
 * @throws DomainError `invalid` with one line for each error: file, line, rule and reason
 */
export function readPolicy(text: string, file: string): RuleSet {
  const { rules, problems, warnings } = rulesIn(text);
  if (problems.length > 0) throw refusal(file, problems);
  const built = buildRuleSet(rules);
  if ('errors' in built) throw refusal(file, built.errors);
  const all = [...warnings, ...built.warnings].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { ...built.ruleSet, warnings: all.map((warning) => said(file, warning)) };
}

interface Read {
  readonly rules: ReadonlyMap<string, WrittenRule>;
  /** Errors of the YAML itself: the rest of the file is not looked at then. */
  readonly problems: readonly RuleProblem[];
  readonly warnings: readonly RuleProblem[];
}

function rulesIn(text: string): Read {
  const { isMap, isScalar, LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const rules = new Map<string, WrittenRule>();
  const warnings: RuleProblem[] = [];
  // Of several equal keys the last counts, as in Nova's reader.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  const problems: RuleProblem[] = document.errors.map(({ pos, message }) => ({
    line: lines.linePos(pos[0]).line,
    message: message.split('\n')[0] ?? message,
  }));
  if (problems.length > 0 || document.contents === null) return { rules, problems, warnings };
  if (!isMap(document.contents)) {
    return {
      rules,
      problems: [{ line: 1, message: 'it must be a map from rule name to check' }],
      warnings,
    };
  }
  for (const { key, value } of document.contents.items) {
    const line = lines.linePos((isScalar(key) ? key.range?.[0] : undefined) ?? 0).line;
    if (!isScalar(key) || typeof key.value !== 'string') {
      warnings.push({ line, message: 'a rule name must be text; this one is ignored' });
      continue;
    }
    const name = key.value;
    const before = rules.get(name);
    if (before !== undefined) {
      warnings.push({ line, message: `rule "${name}" is given on line ${before.line} too; this one counts` });
    }
    rules.set(name, { line, ...checkIn(value, document) });
  }
  return { rules, problems, warnings };
}

function checkIn(value: unknown, document: Document) {
  const { isAlias, isSeq } = yaml();
  try {
    const resolved = isAlias(value) ? value.resolve(document) : value;
    if (isSeq(resolved)) {
      const lists = resolved.items.map((item) => (isSeq(item) ? item.items.map(textIn) : textIn(item)));
      const check = parseCheck(lists);
      return { check, text: printCheck(check) };
    }
    const text = textIn(resolved);
    return { check: parseCheck(text), text };
  } catch (error) {
    if (!(error instanceof CheckSyntaxError)) throw error;
    return { broken: error.message };
  }
}

/** In YAML an exclamation mark without quotes is a tag, and what is left is the empty text, which means always. */
function textIn(value: unknown): string {
  if (yaml().isScalar(value) && typeof value.value === 'string' && value.tag === undefined)
    return value.value;
  throw new CheckSyntaxError('the check must be text in quotes, e.g. "role:admin" or "!"');
}

function refusal(file: string, problems: readonly RuleProblem[]): DomainError {
  const sorted = [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return new DomainError('invalid', sorted.map((problem) => said(file, problem)).join('\n'));
}

function said(file: string, { line, message }: RuleProblem): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`;
}
