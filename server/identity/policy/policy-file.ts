/** `policy.yaml`: a map from rule name to check. Read whole or refused whole. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { DomainError } from '../../domain/errors.ts';
import { type Check, CheckSyntaxError, parseCheck, printCheck } from './check.ts';
import { compileRules, type Decide, RuleReferenceError } from './compile.ts';
import { DEFAULT_RULES } from './defaults.ts';

export interface RuleSet {
  readonly rules: ReadonlyMap<string, Decide>;
  /** Names in the file that nothing asks for: misspelt, or of another service. */
  readonly unknown: readonly string[];
  /** The file's own checks by rule, as they were written. */
  readonly written: ReadonlyMap<string, string>;
}

const defaults: ReadonlyMap<string, Check> = new Map(
  [...DEFAULT_RULES].map(([name, text]) => [name, parseCheck(text)]),
);

export const DEFAULT_RULE_SET: RuleSet = {
  rules: compileRules(defaults),
  unknown: [],
  written: new Map(),
};

/**
 * The defaults with the file's rules in their place.
 * @throws DomainError `invalid` naming file, line, rule and reason
 */
export function readPolicy(text: string, file: string): RuleSet {
  const written = rulesIn(text, file);
  const rules = new Map(defaults);
  const referred = new Set<string>();
  for (const [name, { check }] of written) {
    rules.set(name, check);
    for (const reference of referencesOf(check)) referred.add(reference);
  }
  try {
    const unknown = [...written.keys()].filter((name) => !defaults.has(name) && !referred.has(name));
    const texts = new Map([...written].map(([name, { text: check }]) => [name, check]));
    return { rules: compileRules(rules), unknown, written: texts };
  } catch (error) {
    if (!(error instanceof RuleReferenceError)) throw error;
    throw refusal(file, written.get(error.rule)?.line, `rule "${error.rule}": ${error.message}`);
  }
}

interface Written {
  readonly check: Check;
  readonly text: string;
  readonly line: number;
}

function rulesIn(text: string, file: string): Map<string, Written> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken !== undefined) {
    throw refusal(file, lines.linePos(broken.pos[0]).line, broken.message.split('\n')[0] ?? broken.message);
  }
  const rules = new Map<string, Written>();
  if (document.contents === null) return rules;
  if (!isMap(document.contents)) throw refusal(file, 1, 'it must be a map from rule name to check');
  for (const { key, value } of document.contents.items) {
    const line = lines.linePos((isScalar(key) ? key.range?.[0] : undefined) ?? 0).line;
    if (!isScalar(key) || typeof key.value !== 'string')
      throw refusal(file, line, 'a rule name must be text');
    try {
      rules.set(key.value, { ...checkIn(value), line });
    } catch (error) {
      if (!(error instanceof CheckSyntaxError)) throw error;
      throw refusal(file, line, `rule "${key.value}": ${error.message}`);
    }
  }
  return rules;
}

/** @throws CheckSyntaxError */
function checkIn(value: unknown): { readonly check: Check; readonly text: string } {
  if (isSeq(value)) {
    const lists = value.items.map((item) => (isSeq(item) ? item.items.map(textIn) : textIn(item)));
    const check = parseCheck(lists);
    return { check, text: printCheck(check) };
  }
  const text = textIn(value);
  return { check: parseCheck(text), text };
}

/** In YAML an exclamation mark without quotes is a tag, and what is left of it would be the empty text: always. */
function textIn(value: unknown): string {
  if (isScalar(value) && typeof value.value === 'string' && value.tag === undefined) return value.value;
  throw new CheckSyntaxError('the check must be text in quotes, e.g. "role:admin" or "!"');
}

function referencesOf(check: Check): string[] {
  switch (check.is) {
    case 'rule':
      return [check.name];
    case 'not':
      return referencesOf(check.check);
    case 'and':
    case 'or':
      return check.checks.flatMap(referencesOf);
    default:
      return [];
  }
}

function refusal(file: string, line: number | undefined, reason: string): DomainError {
  return new DomainError('invalid', `${file}${line === undefined ? '' : `:${line}`}: ${reason}`);
}
