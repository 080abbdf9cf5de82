import type { z } from 'zod';

/** One operation of an API. Where it lists no answers, that API's page in `docs/` describes them. */
export interface DescribedOperation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** The path, with `{name}` for each parameter. */
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly query?: readonly string[];
  /** The answers by status; null for one without a body. */
  readonly answers?: Readonly<Record<number, z.ZodType | null>>;
  /** Whether the operation needs no token. */
  readonly open?: boolean;
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
