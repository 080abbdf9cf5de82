/** The error answer of `/v1`. */
import { z } from 'zod';
import { ERROR_CODES } from '../../domain/errors.ts';

export const ErrorBody = z.object({
  code: z.enum([...ERROR_CODES, 'too_large']),
  message: z.string().describe('What is wrong, which value, the limit, and what to do.'),
  field: z.string().optional().describe('The field, as a path such as `instances[3].host`.'),
});
export type ErrorBody = z.output<typeof ErrorBody>;

/** A newer server may have codes that a client does not know. */
export const Refused = z.object({
  error: z.object({
    ...ErrorBody.shape,
    code: z.string().describe(`One of ${ErrorBody.shape.code.options.join(', ')}, or a newer one.`),
  }),
});
