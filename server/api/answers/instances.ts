/** The answers to an import of servers and to a seed. */
import { z } from 'zod';
import { ErrorBody } from './errors.ts';

const Count = z.number().int();

/** One line of the answer for each line of the import. */
export const ImportedLine = z.union([
  z.object({ line: Count, id: z.string(), outcome: z.enum(['added', 'changed', 'unchanged']) }),
  z.object({ line: Count, error: ErrorBody }),
]);
export type ImportedLine = z.output<typeof ImportedLine>;

export const ImportSummary = z.object({
  added: Count,
  changed: Count,
  unchanged: Count,
  failed: Count,
  errors: z.array(ImportedLine).describe('The first thousand.'),
});
export type ImportSummary = z.output<typeof ImportSummary>;

const Counts = z.object({ added: Count, changed: Count, unchanged: Count });

export const SeedApplied = z.object({
  projects: Count.describe('How many the document names.'),
  users: Count.describe('How many the document names.'),
  services: Counts,
  instances: Counts,
});
