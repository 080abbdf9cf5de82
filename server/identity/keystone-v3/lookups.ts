/** `GET /{many}` and `GET /{many}/{id}`, in one way for every resource. */
import type { Context, Hono } from 'hono';
import { known } from '../embedded/directory.ts';
import type { ResolvedToken } from '../tokens/tokens.ts';
import { demandAuditor, type KeystoneDeps, type KeystoneEnv, v3Url } from './context.ts';
import { filtered } from './filters.ts';

type ListedResource = Readonly<Record<string, unknown>>;

export interface Kind<T> {
  readonly one: string;
  readonly many: string;
  /** Fields of the document that a list is filtered by. */
  readonly filters: readonly string[];
  list(request: Request): readonly T[] | Promise<readonly T[]>;
  find(id: string, request: Request): T | undefined | Promise<T | undefined>;
  shown(item: T, v3: string): ListedResource;
  /** Query parameters that a request for one object may have. */
  besides?(query: URLSearchParams): ListedResource;
  /** Who else may read, beside administrators and auditors: with an id that object, without one the list. */
  mayLook?(caller: ResolvedToken, id?: string): boolean;
}

export function lookups<T>(app: Hono<KeystoneEnv>, deps: KeystoneDeps, kind: Kind<T>): void {
  const { one, many, filters, list, find, shown, besides, mayLook = () => false } = kind;

  app.get(`/${many}`, async (c) => {
    demandAuditor(c.var.caller, `identity:list_${many}`, mayLook(c.var.caller));
    const v3 = v3Url(deps, c.req.raw);
    const documents = (await list(c.req.raw)).map((item) => shown(item, v3));
    return c.json(listed(c, deps, many, documents, filters));
  });

  app.get(`/${many}/:id`, async (c) => {
    const id = c.req.param('id');
    demandAuditor(c.var.caller, `identity:get_${one}`, mayLook(c.var.caller, id));
    const found = known(await find(id, c.req.raw), one, id);
    const more = besides?.(new URL(c.req.url).searchParams);
    return c.json({ [one]: { ...shown(found, v3Url(deps, c.req.raw)), ...more } });
  });
}

/** A list, filtered by the filters that it has, all on one page. */
export function listed(
  c: Context,
  deps: KeystoneDeps,
  key: string,
  documents: readonly ListedResource[],
  filters: readonly string[] = [],
) {
  const { pathname, search, searchParams } = new URL(c.req.url);
  const self = `${v3Url(deps, c.req.raw)}${pathname.slice('/identity/v3'.length)}${search}`;
  return { [key]: filtered(documents, searchParams, filters), links: { next: null, self, previous: null } };
}
