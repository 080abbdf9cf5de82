import type { z } from 'zod';

/** One operation of a face. Where its answers are not given, the page of the face in `docs/` tells them. */
export interface DescribedOperation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `{name}` for what varies. */
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly query?: readonly string[];
  /** By status, null for no body. */
  readonly answers?: Readonly<Record<number, z.ZodType | null>>;
  /** Asked without a token. */
  readonly open?: boolean;
}

/** `'POST /v1/seed'` and the rest. */
export function described(
  operation: string,
  summary: string,
  more: Omit<DescribedOperation, 'method' | 'path' | 'summary'> = {},
): DescribedOperation {
  const [method = '', path = ''] = operation.split(' ');
  return { method: method.toLowerCase() as DescribedOperation['method'], path, summary, ...more };
}
