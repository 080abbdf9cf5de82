/**
 * oslo.policy's expression language, as far as Nova's files use it: `rule:x`, `role:x`, `attribute:value`,
 * `attribute:%(key)s`, `'literal':%(key)s`, `@` (always), `!` (never), `and`, `or`, `not`, brackets. Empty text means
 * always. `not` binds tightest, then `and`, then `or`. Lists are the older form: any member of the outer list, each a
 * condition or a list of conditions that must all be true. Pure.
 */

/** What `%(…)s` may name: the target of the action. */
export const TARGET_KEYS = ['project_id', 'user_id'] as const;
export type TargetKey = (typeof TARGET_KEYS)[number];

/** What may stand left of the colon: the caller, in the terms of Nova's request context. */
export const ATTRIBUTES = [
  'is_admin',
  'project_id',
  'user_id',
  'user_domain_id',
  'project_domain_id',
  'domain_id',
  'system_scope',
  'is_admin_project',
  'roles',
  'service_user_id',
  'service_user_domain_id',
  'service_project_id',
  'service_project_domain_id',
  'service_roles',
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

export type Operand =
  | { readonly of: 'text'; readonly text: string }
  | { readonly of: 'target'; readonly key: TargetKey };

export type RuleCheck =
  | { readonly is: 'always' }
  | { readonly is: 'never' }
  | { readonly is: 'rule'; readonly name: string }
  | { readonly is: 'role'; readonly name: string }
  | { readonly is: 'attribute'; readonly name: Attribute; readonly equals: Operand }
  | { readonly is: 'literal'; readonly text: string; readonly equals: Operand }
  | { readonly is: 'not'; readonly check: RuleCheck }
  | { readonly is: 'and' | 'or'; readonly checks: readonly RuleCheck[] };

/** A check that cannot be parsed; the message says what is wrong and how to write it. */
export class CheckSyntaxError extends Error {
  override readonly name = 'CheckSyntaxError';
}

/** Deeper nesting is a mistake. */
export const DEEPEST = 100;

/** A check as it is written: text, or the older lists. @throws CheckSyntaxError */
export function parseCheck(written: string | readonly (string | readonly string[])[]): RuleCheck {
  if (typeof written !== 'string') return parseLists(written);
  if (written === '') return { is: 'always' };
  const tokens = tokenize(written);
  if (tokens.length === 0) throw new CheckSyntaxError('it is blank; write @ for always or ! for never');
  const reader = new Reader(tokens);
  const check = reader.or();
  if (reader.peek() !== undefined) {
    throw new CheckSyntaxError(`"${reader.peek()}" stands where "and", "or" or the end was expected`);
  }
  return check;
}

function parseLists(written: readonly (string | readonly string[])[]): RuleCheck {
  if (written.length === 0) return { is: 'always' };
  const any = written
    .map((all) => (typeof all === 'string' ? [all] : all))
    .filter((all) => all.length > 0)
    .map((all) => joined('and', all.map(condition)));
  return any.length === 0 ? { is: 'never' } : joined('or', any);
}

function joined(word: 'and' | 'or', checks: readonly RuleCheck[]): RuleCheck {
  return checks.length === 1 ? (checks[0] as RuleCheck) : { is: word, checks };
}

/** The text that parses to this check; policies are printed in this form. */
export function printCheck(check: RuleCheck): string {
  switch (check.is) {
    case 'always':
      return '@';
    case 'never':
      return '!';
    case 'rule':
    case 'role':
      return `${check.is}:${check.name}`;
    case 'attribute':
      return `${check.name}:${printOperand(check.equals)}`;
    case 'literal':
      return `'${check.text}':${printOperand(check.equals)}`;
    case 'not':
      return `not ${bracketed(check.check)}`;
    case 'and':
    case 'or':
      return check.checks.map(bracketed).join(` ${check.is} `);
  }
}

function printOperand(operand: Operand): string {
  return operand.of === 'target' ? `%(${operand.key})s` : operand.text;
}

function bracketed(check: RuleCheck): string {
  const text = printCheck(check);
  return check.is === 'and' || check.is === 'or' || check.is === 'not' ? `(${text})` : text;
}

/** Splits into words. Brackets at the edge of a word are words of their own; `%(key)s` keeps its brackets. */
function tokenize(text: string): string[] {
  const tokens: string[] = [];
  for (const word of text.split(/\s+/)) {
    let start = 0;
    let end = word.length;
    while (word[start] === '(') start++;
    while (end > start && word[end - 1] === ')') end--;
    const inner = word.slice(start, end);
    for (let at = 0; at < start; at++) tokens.push('(');
    if (inner !== '') tokens.push(/^(and|or|not)$/i.test(inner) ? inner.toLowerCase() : inner);
    for (let at = end; at < word.length; at++) tokens.push(')');
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  or(): RuleCheck {
    return this.#joined('or', () => this.#joined('and', () => this.#single()));
  }

  #joined(word: 'and' | 'or', next: () => RuleCheck): RuleCheck {
    const checks = [next()];
    while (this.peek() === word) {
      this.#at++;
      checks.push(next());
    }
    return joined(word, checks);
  }

  #single(): RuleCheck {
    const token = this.peek();
    this.#at++;
    if (token === undefined) throw new CheckSyntaxError('a condition is missing at the end');
    if (token !== 'not' && token !== '(') return condition(token);
    if (++this.#depth > DEEPEST) throw new CheckSyntaxError(`it is nested more than ${DEEPEST} levels deep`);
    const inner = token === 'not' ? this.#single() : this.or();
    this.#depth--;
    if (token === 'not') return { is: 'not', check: inner };
    if (this.peek() !== ')') throw new CheckSyntaxError('an opening bracket is not closed');
    this.#at++;
    return inner;
  }
}

function condition(token: string): RuleCheck {
  if (token === '@') return { is: 'always' };
  if (token === '!') return { is: 'never' };
  const literal = literalIn(token);
  if (literal !== undefined) return literal;
  const colon = token.indexOf(':');
  const kind = token.slice(0, colon);
  const match = token.slice(colon + 1);
  if (colon < 1 || match === '' || /\s/.test(token)) {
    throw new CheckSyntaxError(
      `"${token}" is not a condition; write e.g. role:admin, rule:admin_api, @ or !`,
    );
  }
  if (kind === 'rule') return { is: 'rule', name: match };
  if (kind === 'role') {
    if (match.includes('%(')) throw new CheckSyntaxError(`"${token}" must name a role`);
    return { is: 'role', name: match.toLowerCase() };
  }
  if (kind === 'http' || kind === 'https') {
    throw new CheckSyntaxError(`"${token}" asks a remote server, which is not supported`);
  }
  const attribute = ATTRIBUTES.find((known) => known === kind);
  if (attribute === undefined) {
    throw new CheckSyntaxError(
      `"${kind}" is not an attribute of a caller; known are: ${ATTRIBUTES.join(', ')}`,
    );
  }
  if (attribute === 'is_admin' && !/^(true|false)$/i.test(match)) {
    throw new CheckSyntaxError(`"${token}" must be is_admin:True or is_admin:False`);
  }
  return { is: 'attribute', name: attribute, equals: operand(match) };
}

/** A literal as Python reads it: text in either kind of quotes, a whole number, or one of three words. */
function literalIn(token: string): RuleCheck | undefined {
  const [, single, double, bare, match] =
    /^(?:'([^']*)'|"([^"]*)"|(True|False|None|\d+)):(.+)$/.exec(token) ?? [];
  const text = single ?? double ?? (bare !== undefined && /^\d/.test(bare) ? `${BigInt(bare)}` : bare);
  return text === undefined || match === undefined
    ? undefined
    : { is: 'literal', text, equals: operand(match) };
}

function operand(match: string): Operand {
  const key = /^%\((.*)\)s$/.exec(match)?.[1];
  if (key === undefined) {
    if (match.includes('%(')) throw new CheckSyntaxError(`"${match}" must be one %(key)s and nothing else`);
    return { of: 'text', text: match };
  }
  const known = TARGET_KEYS.find((name) => name === key);
  if (known === undefined) {
    throw new CheckSyntaxError(
      `"%(${key})s" is not an attribute of a target; known are: ${TARGET_KEYS.join(', ')}`,
    );
  }
  return { of: 'target', key: known };
}
