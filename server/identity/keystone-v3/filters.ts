/** The filters of Keystone's lists: exact, and one that is not known filters nothing. */
import { DEFAULT_DOMAIN } from '../accounts.ts';

interface Listed {
  readonly name: string;
  readonly enabled?: boolean;
}

export function filtered<T extends Listed>(items: readonly T[], query: URLSearchParams): readonly T[] {
  const name = query.get('name');
  const enabled = query.get('enabled');
  const domain = query.get('domain_id');
  if (domain !== null && domain !== DEFAULT_DOMAIN.id) return [];
  return items.filter(
    (item) =>
      (name === null || item.name === name) &&
      (enabled === null || item.enabled === undefined || item.enabled === isTrue(enabled)),
  );
}

/** Keystone: a flag that is present is set, unless it says no. */
export function isTrue(flag: string): boolean {
  return !['0', 'false'].includes(flag.toLowerCase());
}
