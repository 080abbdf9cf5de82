import type { z } from 'zod';

/** One operation of a face. What it answers is told by the page of the face in `docs/`. */
export interface Described {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `{name}` for what varies. */
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly query?: readonly string[];
  /** Asked without a token. */
  readonly open?: boolean;
}

/** `'POST /v1/seed'` and the rest. */
export function described(
  operation: string,
  summary: string,
  more: Omit<Described, 'method' | 'path' | 'summary'> = {},
): Described {
  const [method = '', path = ''] = operation.split(' ');
  return { method: method.toLowerCase() as Described['method'], path, summary, ...more };
}
