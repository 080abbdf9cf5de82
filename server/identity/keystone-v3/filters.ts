/** Filters of Keystone's lists, applied to the documents. */

type ListedResource = Readonly<Record<string, unknown>>;

const COMPARATORS: Readonly<Record<string, (found: string, wanted: string) => boolean>> = {
  contains: (found, wanted) => found.includes(wanted),
  startswith: (found, wanted) => found.startsWith(wanted),
  endswith: (found, wanted) => found.endsWith(wanted),
};

/**
 * By the fields in `names`: `?name=` exactly, `?name__icontains=` and the like inexactly (Keystone). Other query
 * parameters filter nothing.
 */
export function filtered<T extends ListedResource>(
  documents: readonly T[],
  query: URLSearchParams,
  names: readonly string[],
): readonly T[] {
  const checks = [...query].flatMap(([key, wanted]) => {
    const [name = '', how] = key.split('__', 2);
    return names.includes(name) ? [(document: T) => matches(document[name], wanted, how)] : [];
  });
  return documents.filter((document) => checks.every((check) => check(document)));
}

function matches(found: unknown, wanted: string, how: string | undefined): boolean {
  if (how === undefined) return typeof found === 'boolean' ? found === isYes(wanted) : found === wanted;
  const isExact = !how.startsWith('i');
  const compare = COMPARATORS[isExact ? how : how.slice(1)];
  // An unknown comparison filters nothing.
  if (compare === undefined) return true;
  if (typeof found !== 'string') return false;
  return isExact ? compare(found, wanted) : compare(found.toLowerCase(), wanted.toLowerCase());
}

/** Keystone: every value is true unless it says no. */
function isYes(text: string): boolean {
  return !['0', 'f', 'false', 'off', 'n', 'no'].includes(text.trim().toLowerCase());
}

/** Keystone: a flag that is present is set, unless it is 0. */
export function isSet(query: URLSearchParams, flag: string): boolean {
  return query.has(flag) && query.get(flag) !== '0';
}
