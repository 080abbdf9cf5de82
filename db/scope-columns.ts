/** The scope of a role or token in two columns, `scope` and `target`. */
import type { Scope } from '../server/ports/accounts.ts';

export function targetOf(scope: Scope): string {
  return scope.on === 'system' ? '' : scope.id;
}

export function toScope(on: Scope['on'], target: string): Scope {
  return on === 'system' ? { on } : { on, id: target };
}
