/** Checks become functions once, so that a decision on the hot path is a few calls and no parsing. */
import type { Identity } from '../identity.ts';
import type { PolicyTarget } from '../policy-port.ts';
import { type Attribute, type Check, DEEPEST, type Operand } from './check.ts';

export interface Asked {
  readonly identity: Identity;
  readonly target: PolicyTarget;
}
export type Decide = (asked: Asked) => boolean;

/** A set of rules that cannot be used: one names a rule that is not there, or itself, or too long a chain of others. */
export class RuleReferenceError extends Error {
  override readonly name = 'RuleReferenceError';
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(message);
    this.rule = rule;
  }
}

/** What `is_admin:True` asks (Nova). */
const IS_ADMIN = 'context_is_admin';

/** @throws RuleReferenceError */
export function compileRules(rules: ReadonlyMap<string, Check>): ReadonlyMap<string, Decide> {
  const compiled = new Map<string, Decide>();
  const underway = new Set<string>();

  function rule(name: string, from: string): Decide {
    const done = compiled.get(name);
    if (done !== undefined) return done;
    const check = rules.get(name);
    if (check === undefined) throw new RuleReferenceError(from, `it refers to "${name}", which is no rule`);
    if (underway.has(name)) throw new RuleReferenceError(from, `it refers to itself through "${name}"`);
    if (underway.size === DEEPEST)
      throw new RuleReferenceError(from, `it refers through more than ${DEEPEST} rules`);
    underway.add(name);
    const decide = compile(check, name);
    underway.delete(name);
    compiled.set(name, decide);
    return decide;
  }

  function compile(check: Check, from: string): Decide {
    switch (check.is) {
      case 'always':
        return () => true;
      case 'never':
        return () => false;
      case 'rule':
        return rule(check.name, from);
      case 'role':
        return ({ identity }) => identity.roles.some((own) => own.toLowerCase() === check.name);
      case 'literal':
        return ({ target }) => resolve(check.equals, target) === check.text;
      case 'attribute': {
        if (check.name === 'is_admin') {
          const isAdmin = rule(IS_ADMIN, from);
          return (asked) => resolve(check.equals, asked.target) === (isAdmin(asked) ? 'True' : 'False');
        }
        const attribute = attributeOf(check.name);
        return ({ identity, target }) => {
          // What is unknown equals nothing, not even another unknown.
          const own = attribute(identity);
          return own !== null && own === resolve(check.equals, target);
        };
      }
      case 'not': {
        const inner = compile(check.check, from);
        return (asked) => !inner(asked);
      }
      case 'and': {
        const all = check.checks.map((inner) => compile(inner, from));
        return (asked) => all.every((inner) => inner(asked));
      }
      case 'or': {
        const any = check.checks.map((inner) => compile(inner, from));
        return (asked) => any.some((inner) => inner(asked));
      }
    }
  }

  for (const name of rules.keys()) rule(name, name);
  return compiled;
}

function resolve(operand: Operand, target: PolicyTarget): string | undefined {
  if (operand.of === 'text') return operand.text;
  return operand.key === 'project_id' ? target.projectId : target.userId;
}

function attributeOf(name: Exclude<Attribute, 'is_admin'>): (identity: Identity) => string | null {
  switch (name) {
    case 'project_id':
      return (identity) => identity.projectId;
    case 'user_id':
      return (identity) => identity.userId;
    case 'user_domain_id':
      return (identity) => identity.userDomainId;
    default:
      return () => null;
  }
}
