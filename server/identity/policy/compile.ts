/** Compiles checks to functions once, so that a decision on the hot path is a few calls and no parsing. */
import type { Identity } from '../identity.ts';
import { type AttributeValue, readAttribute } from './attributes.ts';
import { DEEPEST, type Operand, type RuleCheck } from './check.ts';

/** The caller, and what the rule knows of the target; undefined is unknown. */
export interface RuleRequest {
  readonly identity: Identity;
  readonly projectId: string | null | undefined;
  readonly userId: string | null | undefined;
  /** True while it is being decided whether the caller is an administrator: until then it is not one (Nova). */
  readonly deciding?: boolean;
}

/**
 * Undefined: the result depends on something unknown. `not` leaves undefined as it is, so that an unknown value never
 * opens anything, whether it is negated or not.
 */
export type DecideRule = (asked: RuleRequest) => boolean | undefined;

/** A rule that cannot be used: it names a missing rule, or itself, or too long a chain of others. */
export class RuleReferenceError extends Error {
  override readonly name = 'RuleReferenceError';
  /** The rule whose check is wrong. */
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(message);
    this.rule = rule;
  }
}

/** What `is_admin:True` asks (Nova). */
export const IS_ADMIN = 'context_is_admin';
/** What a reference to a missing rule means, where the file defines it (oslo.policy). */
export const DEFAULT_RULE = 'default';

export class RuleCompiler {
  readonly #checkOf: (name: string) => RuleCheck | undefined;
  readonly #compiled = new Map<string, DecideRule>();
  readonly #underway = new Set<string>();

  /** @param checkOf the check of a rule; may throw for a check that cannot be parsed */
  constructor(checkOf: (name: string) => RuleCheck | undefined) {
    this.#checkOf = checkOf;
  }

  /** @throws RuleReferenceError, and what `checkOf` throws */
  rule(name: string): DecideRule {
    try {
      return this.#rule(name, name);
    } finally {
      this.#underway.clear();
    }
  }

  #rule(name: string, from: string): DecideRule {
    const done = this.#compiled.get(name);
    if (done !== undefined) return done;
    const check = this.#checkOf(name) ?? this.#checkOf(DEFAULT_RULE);
    if (check === undefined)
      throw new RuleReferenceError(from, `it refers to "${name}", which is not a rule`);
    if (this.#underway.has(name)) throw new RuleReferenceError(from, `it refers to itself through "${name}"`);
    if (this.#underway.size === DEEPEST)
      throw new RuleReferenceError(from, `it refers through more than ${DEEPEST} rules`);
    this.#underway.add(name);
    const decide = this.#compile(check, name);
    this.#underway.delete(name);
    this.#compiled.set(name, decide);
    return decide;
  }

  #compile(check: RuleCheck, from: string): DecideRule {
    switch (check.is) {
      case 'always':
        return () => true;
      case 'never':
        return () => false;
      case 'rule':
        return this.#rule(check.name, from);
      case 'role':
        return ({ identity }) => identity.roles.some((own) => own.toLowerCase() === check.name);
      case 'literal':
        return (asked) => equal(check.text, resolve(check.equals, asked));
      case 'attribute':
        return check.name === 'is_admin'
          ? this.#isAdmin(check.equals)
          : attribute(readAttribute(check.name), check.equals);
      case 'not': {
        const inner = this.#compile(check.check, from);
        return (asked) => {
          const is = inner(asked);
          return is === undefined ? undefined : !is;
        };
      }
      case 'and':
        return decisive(
          check.checks.map((inner) => this.#compile(inner, from)),
          false,
        );
      case 'or':
        return decisive(
          check.checks.map((inner) => this.#compile(inner, from)),
          true,
        );
    }
  }

  /** Asked of the caller's own project, whatever the target: it was decided when the request came (Nova). */
  #isAdmin(equals: Operand): DecideRule {
    const expected = equals.of === 'text' && equals.text.toLowerCase() === 'true';
    return ({ identity, deciding }) => {
      if (deciding) return false;
      const { projectId, userId } = identity;
      const is = this.#compiled.get(IS_ADMIN)?.({ identity, projectId, userId, deciding: true });
      return is === undefined ? undefined : is === expected;
    };
  }
}

function attribute(read: (identity: Identity) => AttributeValue, equals: Operand): DecideRule {
  return (asked) => {
    const own = read(asked.identity);
    const wanted = resolve(equals, asked);
    if (own === undefined || wanted === undefined) return undefined;
    if (own === null || typeof own === 'string') return equal(own, wanted);
    return own.some((one) => one === (wanted ?? NOTHING));
  };
}

/** `and` ends with the first false, `or` with the first true; an unknown value counts only if neither comes. */
function decisive(checks: readonly DecideRule[], ending: boolean): DecideRule {
  return (asked) => {
    let result: boolean | undefined = !ending;
    for (const check of checks) {
      const is = check(asked);
      if (is === ending) return ending;
      if (is === undefined) result = undefined;
    }
    return result;
  };
}

function resolve(operand: Operand, asked: RuleRequest): string | null | undefined {
  if (operand.of === 'text') return operand.text;
  return operand.key === 'project_id' ? asked.projectId : asked.userId;
}

/** A value that is known to be unset is the word None (Python). */
const NOTHING = 'None';

function equal(own: string | null, wanted: string | null | undefined): boolean | undefined {
  return wanted === undefined ? undefined : (own ?? NOTHING) === (wanted ?? NOTHING);
}
