/**
 * Finds parts of a rule that never match because hostbeat cannot know them; shown by `policy check` and `print`.
 */
import type { RuleCheck } from './check.ts';
import { SERVED } from './served.ts';

const HOST_STATUS = 'os_compute_api:servers:show:host_status';
/** Also asked for webhooks, which have no request. */
const ASKED_FOR_WEBHOOKS = new Set([
  HOST_STATUS,
  `${HOST_STATUS}:unknown-only`,
  'os_compute_api:servers:detail',
]);
const NOT_KNOWN_OF_WEBHOOKS = new Set(['user_domain_id', 'project_domain_id', 'is_admin_project']);

type Condition = RuleCheck & { readonly is: 'attribute' | 'literal' };

/** @param checks every rule in force */
export function notesOf(checks: ReadonlyMap<string, RuleCheck>): ReadonlyMap<string, readonly string[]> {
  const notes = new Map<string, readonly string[]>();
  for (const [name, known] of SERVED) {
    const said = new Set(
      conditionsOf(name, checks).flatMap((condition) => remarksOn(condition, name, known)),
    );
    if (said.size > 0) notes.set(name, [...said]);
  }
  return notes;
}

function remarksOn(condition: Condition, rule: string, known: readonly string[]): string[] {
  const remarks: string[] = [];
  const { equals } = condition;
  const attribute = condition.is === 'attribute' ? condition.name : '';
  const isNone = equals.of === 'text' && equals.text === 'None';
  if (equals.of === 'target' && !known.includes(equals.key))
    remarks.push(`%(${equals.key})s is unknown to hostbeat: this part never matches`);
  if ((attribute === 'system_scope' || attribute === 'domain_id') && !isNone)
    remarks.push(`${attribute} is never set: only project-scoped tokens are accepted`);
  if (attribute.startsWith('service_'))
    remarks.push(`${attribute} is known only for requests with X-Service-Token, never for a stream`);
  if (ASKED_FOR_WEBHOOKS.has(rule) && NOT_KNOWN_OF_WEBHOOKS.has(attribute))
    remarks.push(`${attribute} is unknown for a webhook, which delivers nothing that depends on it`);
  return remarks;
}

/**
 * Follows a rule and all that it refers to; the rules behind `is_admin` are asked of the caller's own project, which is
 * known.
 */
function conditionsOf(name: string, checks: ReadonlyMap<string, RuleCheck>): Condition[] {
  const conditions: Condition[] = [];
  const rules = new Set([name]);
  for (const rule of rules) {
    const pending = [checks.get(rule)];
    for (const check of pending) {
      if (check?.is === 'rule') rules.add(check.name);
      else if (check?.is === 'not') pending.push(check.check);
      else if (check?.is === 'and' || check?.is === 'or') pending.push(...check.checks);
      else if (check?.is === 'attribute' || check?.is === 'literal') conditions.push(check);
    }
  }
  return conditions;
}
