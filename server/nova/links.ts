import type { Call } from './call.ts';

export interface Link {
  readonly rel: 'self' | 'bookmark' | 'next';
  readonly href: string;
}

/** Base of an answer's links: it has the project if the request's path had it (Nova). */
export class Links {
  readonly versioned: string;
  readonly unversioned: string;

  constructor(call: Pick<Call, 'base' | 'root' | 'path' | 'identity'>) {
    const { projectId } = call.identity;
    const named = projectId !== null && call.path.startsWith(`${call.root}/${projectId}/`);
    const project = named ? `/${projectId}` : '';
    this.versioned = `${call.base}${call.root}${project}`;
    this.unversioned = `${call.base}${project}`;
  }

  self(collection: string, id: string): string {
    return `${this.versioned}/${collection}/${encodeURIComponent(id)}`;
  }

  bookmark(collection: string, id: string): string {
    return `${this.unversioned}/${collection}/${encodeURIComponent(id)}`;
  }

  of(collection: string, id: string): readonly Link[] {
    return [
      { rel: 'self', href: this.self(collection, id) },
      { rel: 'bookmark', href: this.bookmark(collection, id) },
    ];
  }

  bookmarkOf(collection: string, id: string): readonly Link[] {
    return [{ rel: 'bookmark', href: this.bookmark(collection, id) }];
  }

  /**
   * The page after the one that ended with `marker`: the same query with its names in order. A parameter that may be
   * repeated keeps all its values, any other its last.
   */
  next(collection: string, query: URLSearchParams, marker: string): Link {
    const names = [...new Set(query.keys())].sort();
    const pairs = names.flatMap((name) => {
      const values = query.getAll(name);
      return (REPEATABLE.has(name) ? values : values.slice(-1)).map((value) => [name, value]);
    });
    const next = new URLSearchParams(pairs);
    next.set('marker', marker);
    return { rel: 'next', href: `${this.versioned}/${collection}?${next}` };
  }
}

const REPEATABLE = new Set(['status', 'host_status', 'sort_key', 'sort_dir']);
