/** Fields that several resources share, as Keystone checks them. */
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { isPrintableName } from '../../domain/names.ts';

/** 1 to 255 characters, not all blank, no control characters. */
export const Name = z
  .string()
  .min(1)
  .max(255)
  .regex(/\S/, 'must not be blank')
  .refine(isPrintableName, 'must not contain control characters');

/** Ids of objects in this database, and of objects elsewhere. */
export const Id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-zA-Z0-9-]+$/, 'must be letters, digits and hyphens');

/** Clients send these empty. */
export const NoOptions = z.record(z.string(), z.never('options are not supported'));

/** A change must change something, and cannot change the id: see `keepsId`. */
export function changed<T extends z.ZodRawShape>(fields: T) {
  return z
    .object({ id: z.string().optional(), ...fields })
    .refine((given) => Object.keys(given).length > 0, 'must change at least one field');
}

/** @throws DomainError `invalid` */
export function keepsId(given: { readonly id?: string | undefined }, id: string): void {
  if (given.id !== undefined && given.id !== id) throw new DomainError('invalid', 'Cannot change ID');
}
