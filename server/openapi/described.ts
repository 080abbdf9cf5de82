import type { z } from 'zod';

/** A body in JSON, or by media type where it is not JSON or the client may choose; null for none. */
export type DescribedBody = z.ZodType | Readonly<Record<string, z.ZodType>> | null;

/** One operation of an API. Where it lists no answers, that API's page in `docs/` describes them. */
export interface DescribedOperation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** The path, with `{name}` for each parameter. */
  readonly path: string;
  readonly summary: string;
  /** Details for which the summary has no space. Markdown. */
  readonly description?: string;
  readonly body?: NonNullable<DescribedBody>;
  /** False where the body may be left out. */
  readonly bodyRequired?: boolean;
  /** Names, or schemas by name. */
  readonly query?: readonly string[] | Readonly<Record<string, z.ZodType>>;
  /** Names in `query` that must be given. */
  readonly required?: readonly string[];
  /** The answers by status; null for one without a body. */
  readonly answers?: Readonly<Record<number, DescribedBody>>;
  readonly example?: {
    readonly body?: unknown;
    /** Example of the first answer. */
    readonly answer?: unknown;
  };
  /** Whether the operation needs no token. */
  readonly open?: boolean;
  /** Names of security schemes, of which any one is enough; without it the document's own apply. */
  readonly security?: readonly string[];
}

/** Operations by method and path, for example `'POST /v1/seed'`. */
export function described(
  operation: string,
  summary: string,
  more: Omit<DescribedOperation, 'method' | 'path' | 'summary'> = {},
): DescribedOperation {
  const [method = '', path = ''] = operation.split(' ');
  return { method: method.toLowerCase() as DescribedOperation['method'], path, summary, ...more };
}
