/** PORT. Who may do what, asked by rule name as Nova spells them. */
import type { Identity } from './identity.ts';

export interface PolicyTarget {
  readonly projectId?: string | null;
  readonly userId?: string;
}

/** What an owner may see of host_status. `unknown-only`: nothing but entering and leaving UNKNOWN. */
export type Visibility = 'all' | 'unknown-only' | 'none';

export interface Policy {
  /** Is the rule satisfied? Without a target, the target is the caller's own project. An unknown rule is refused. */
  allows(rule: string, identity: Identity, target?: PolicyTarget): boolean;
  /** Is the caller an administrator in Nova's sense: the rule `context_is_admin`, asked of its own project? */
  isAdmin(identity: Identity): boolean;
  /** The result of the two host_status rules; REST, stream and history all ask here. */
  hostStatusVisibility(identity: Identity, projectId: string): Visibility;
  /** Calls back after the policy changed. Returns a function that stops listening. */
  onChanged(listener: () => void): () => void;
}
