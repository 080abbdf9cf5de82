/** The policy in force, which a reload replaces in one step or not at all. */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Identity } from '../identity.ts';
import type { Policy, PolicyTarget, Visibility } from '../policy-port.ts';
import { IS_ADMIN } from './compile.ts';
import { readPolicy } from './policy-file.ts';
import { DEFAULT_RULE_SET, type RuleSet } from './rule-set.ts';
import { SERVED } from './served.ts';

export const HOST_STATUS_RULE = 'os_compute_api:servers:show:host_status';
export const HOST_STATUS_UNKNOWN_RULE = 'os_compute_api:servers:show:host_status:unknown-only';

export class LivePolicy implements Policy {
  #rules: RuleSet['rules'];
  /** Digest of the policy in force, by which nodes notice that theirs differ. */
  digest: string;
  readonly #listeners = new Set<() => void>();

  constructor(ruleSet: RuleSet = DEFAULT_RULE_SET) {
    this.#rules = ruleSet.rules;
    this.digest = digestOf(ruleSet);
  }

  allows(rule: string, identity: Identity, target?: PolicyTarget): boolean {
    const decide = this.#rules.get(rule);
    const known = SERVED.get(rule);
    // Every rule has project scope (Nova): a token of the system, of a domain or of nothing is refused.
    if (decide === undefined || known === undefined || identity.projectId === null) return false;
    const { projectId, userId } = target ?? identity;
    // Undefined: the result depends on something unknown. Treated as a refusal.
    return (
      decide({
        identity,
        projectId: known.length > 0 ? projectId : undefined,
        userId: known.length > 1 ? userId : undefined,
        deciding: rule === IS_ADMIN,
      }) === true
    );
  }

  isAdmin(identity: Identity): boolean {
    return this.allows(IS_ADMIN, identity);
  }

  hostStatusVisibility(identity: Identity, projectId: string): Visibility {
    const target = { projectId };
    if (this.allows(HOST_STATUS_RULE, identity, target)) return 'all';
    return this.allows(HOST_STATUS_UNKNOWN_RULE, identity, target) ? 'unknown-only' : 'none';
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  replace(ruleSet: RuleSet): void {
    this.#rules = ruleSet.rules;
    this.digest = digestOf(ruleSet);
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The rules in force, whatever the layout of the file. */
function digestOf({ inForce }: RuleSet): string {
  const rules = [...inForce].sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify(rules), 'base64url').slice(0, 8);
}

/** Null: not in the file. */
export type PolicyChanges = Readonly<Record<string, readonly [before: string | null, after: string | null]>>;

export interface PolicyFile {
  readonly policy: LivePolicy;
  /**
   * Reads the file again. A file with an error is refused as a whole, and the old policy stays in force.
   * @returns what differs, by rule: what the file said and what it says now
   * @throws DomainError `invalid` naming file, line and reason
   */
  reload(): Promise<PolicyChanges>;
}

/**
 * The policy of a file, or the defaults without a file. Logs a warning with the name of each rule that is never asked.
 * @throws DomainError `invalid` if the file is missing or has an error
 */
export async function openPolicy(
  file: string | undefined,
  logger: Pick<Logger, 'warn'>,
): Promise<PolicyFile> {
  async function read(): Promise<RuleSet> {
    if (file === undefined) return DEFAULT_RULE_SET;
    const ruleSet = await readPolicyFile(file);
    if (ruleSet.unknown.length > 0) {
      logger.warn({ file, rules: ruleSet.unknown }, 'the policy file has rules that hostbeat never uses');
    }
    for (const warning of ruleSet.warnings) logger.warn({ file, warning }, 'policy file: ignored');
    for (const [rule, closed] of ruleSet.notes) {
      logger.warn({ file, rule, closed }, 'part of a rule never matches: hostbeat cannot know its value');
    }
    return ruleSet;
  }
  let inForce = await read();
  const policy = new LivePolicy(inForce);
  async function reload(): Promise<PolicyChanges> {
    const before = inForce.written;
    inForce = await read();
    policy.replace(inForce);
    return differences(before, inForce.written);
  }
  return { policy, reload };
}

/** @throws DomainError `invalid` if the file is missing or has an error */
export async function readPolicyFile(file: string): Promise<RuleSet> {
  return readPolicy(await textOf(file), file);
}

function differences(before: RuleSet['written'], after: RuleSet['written']): PolicyChanges {
  const rules = [...new Set([...before.keys(), ...after.keys()])];
  const pairs = rules.map((rule) => [rule, [before.get(rule) ?? null, after.get(rule) ?? null]] as const);
  return Object.fromEntries(pairs.filter(([, [was, is]]) => was !== is));
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new DomainError(
      'invalid',
      `HOSTBEAT_POLICY_FILE: ${file} cannot be read (${reason}); correct the path or unset the option`,
    );
  }
}
