/**
 * `POST /instances[?create_missing=true]`: one document per line (NDJSON), each answered by a line while the import
 * goes on: a million servers need memory for a few hundred lines. A refused line does not stop the others.
 */
import type { Context } from 'hono';
import { declareInstance } from '../../documents/instance.ts';
import { InstanceDocument } from '../../documents/schemas.ts';
import { checked } from '../../documents/validate.ts';
import { auditEntry, countsAsChanges } from '../../domain/audit.ts';
import { isPresent } from '../../domain/instances/instance.ts';
import type { Env } from '../../identity/middleware.ts';
import { ALL_INSTANCES_RULE } from '../../identity/policy/served.ts';
import { inSlices } from '../../limits/time-slices.ts';
import type { ImportedLine, ImportSummary } from '../answers/instances.ts';
import { type BodyLine, parseJson, readLines } from '../request/body.ts';
import { createsMissing } from '../request/create-missing.ts';
import { errorBody, TooLarge } from '../request/errors.ts';
import { may } from '../request/permission.ts';
import { byOf, type InstancesContext, type ReferenceResolver } from './context.ts';

/** Lines decided together; they share one or two transactions, which may take some milliseconds. */
const AT_ONCE = 64;
const MAX_LINE = 256 * 1024;
/** Errors listed in the JSON answer, which is not streamed. */
const MAX_ERRORS = 1_000;

/**
 * Answers one line for each line. A client that accepts only `application/json` gets one document with the counts and
 * the first thousand errors. A client that gets lines must read while it sends.
 */
export async function bulkInstances(c: Context<Env>, context: InstancesContext): Promise<Response> {
  const resolver = context.resolver?.({ createMissing: createsMissing(c), actor: c.var.identity.userId });
  const answers = answersOf(c, context, resolver);
  if (c.req.header('accept')?.trim() === 'application/json') return c.json(await summaryOf(answers));
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await answers.next();
      if (next.done) controller.close();
      else
        controller.enqueue(
          encoder.encode(next.value.map((answer) => `${JSON.stringify(answer)}\n`).join('')),
        );
    },
    async cancel() {
      await answers.return(undefined);
    },
  });
  return c.body(stream, 200, { 'Content-Type': 'application/x-ndjson' });
}

async function* answersOf(
  c: Context<Env>,
  context: InstancesContext,
  resolver: ReferenceResolver | undefined,
): AsyncGenerator<ImportedLine[]> {
  let lines: BodyLine[] = [];
  const counts = { added: 0, changed: 0, unchanged: 0, failed: 0 };
  const counted = (answers: ImportedLine[]) => {
    for (const answer of answers) counts['error' in answer ? 'failed' : answer.outcome]++;
    return answers;
  };
  try {
    for await (const line of readLines(c.req.raw, MAX_LINE)) {
      lines.push(line);
      if (lines.length < AT_ONCE) continue;
      yield counted(await declareAll(lines, c, context, resolver));
      lines = [];
    }
    if (lines.length > 0) yield counted(await declareAll(lines, c, context, resolver));
  } finally {
    if (counts.added + counts.changed > 0) await recordImport(counts, c, context);
  }
}

/** One audit entry for the whole import, even for one that broke off: a million lines are one act of an operator. */
async function recordImport(
  counts: Readonly<Record<string, number>>,
  c: Context<Env>,
  context: InstancesContext,
): Promise<void> {
  const entry = auditEntry('instance.import', 'instances', countsAsChanges(counts), byOf(c, context));
  await context.audit?.record(entry);
}

/** Lines are parsed in steps; then all valid ones share a transaction or two. */
async function declareAll(
  lines: readonly BodyLine[],
  c: Context<Env>,
  context: InstancesContext,
  resolver: ReferenceResolver | undefined,
): Promise<ImportedLine[]> {
  const read = await inSlices(lines, parsed, { key: c.var.identity.userId });
  return Promise.all(
    read.map(async (one): Promise<ImportedLine> => {
      if (one.document === undefined) return { line: one.line, error: one.error };
      try {
        return { line: one.line, ...(await declare(one.document, c, context, resolver)) };
      } catch (error) {
        return { line: one.line, error: errorBody(error) };
      }
    }),
  );
}

function parsed(line: BodyLine) {
  try {
    if ('tooLong' in line) throw new TooLarge(`The line is longer than ${MAX_LINE} characters`);
    return { line: line.number, document: checked(InstanceDocument, parseJson(line.text)) };
  } catch (error) {
    return { line: line.number, error: errorBody(error) };
  }
}

async function declare(
  given: InstanceDocument,
  c: Context<Env>,
  { store, clock, rules, policy }: InstancesContext,
  resolver: ReferenceResolver | undefined,
) {
  const doc = resolver === undefined ? given : await resolver.resolve(given);
  const { userId } = c.var.identity;
  const onlyOwn = !may(c.var.identity, policy, [ALL_INSTANCES_RULE]);
  const decide = declareInstance(doc, { at: clock.now(), actor: userId, userId, onlyOwn, rules });
  let outcome: 'added' | 'changed' | 'unchanged' = 'unchanged';
  await store.updateInstance(doc.id, (current, computeOf) => {
    const decision = decide(current, computeOf);
    outcome = !isPresent(current) ? 'added' : decision.instance === current ? 'unchanged' : 'changed';
    return decision;
  });
  return { id: doc.id, outcome };
}

async function summaryOf(answers: AsyncIterable<ImportedLine[]>): Promise<ImportSummary> {
  const counts = { added: 0, changed: 0, unchanged: 0, failed: 0 };
  const errors: ImportedLine[] = [];
  for await (const some of answers) {
    for (const answer of some) {
      if (!('error' in answer)) counts[answer.outcome]++;
      else if (counts.failed++ < MAX_ERRORS) errors.push(answer);
    }
  }
  return { ...counts, errors };
}
