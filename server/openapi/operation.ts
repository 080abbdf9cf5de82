/** One operation in the words of OpenAPI. */
import { z } from 'zod';
import type { DescribedBody, DescribedOperation } from './described.ts';
import { sampleOf } from './sample.ts';

/** What all operations of one API share. */
export interface ApiTraits {
  /** Status and response component of a refusal. */
  readonly refused: readonly [status: string, component: string];
  readonly failed?: readonly [status: string, component: string];
  /** Whether a newer server may add keys to answers. */
  readonly open: boolean;
}

type Io = 'input' | 'output';

export function operationObject(operation: DescribedOperation, tag: string, traits: ApiTraits) {
  const { method, path, summary, description, body, bodyRequired = true, open, security } = operation;
  const parameters = parametersOf(operation);
  return {
    operationId: `${method}${path.replace(/[{}]/g, '').replace(/[^a-zA-Z0-9]+/g, '_')}`,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    ...(open ? { security: [] } : security === undefined ? {} : { security: namesOf(security) }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: bodyRequired,
            content: contentOf(body, 'input', false, operation.example?.body),
          },
        }),
    responses: responsesOf(operation, traits),
  };
}

function namesOf(security: readonly string[]) {
  return security.map((name) => ({ [name]: [] }));
}

function parametersOf({ path, query = [], required = [] }: DescribedOperation) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const schemas = Array.isArray(query)
    ? Object.fromEntries((query as readonly string[]).map((name) => [name, z.string()]))
    : (query as Readonly<Record<string, z.ZodType>>);
  return [
    ...names.map((name) => {
      const schema = { type: 'string' };
      return { name, in: 'path', required: true, schema, example: sampleOf(schema, name) };
    }),
    ...Object.entries(schemas).map(([name, type]) => {
      const { description, ...schema } = schemaOf(type) as { description?: string };
      return {
        name,
        in: 'query',
        required: required.includes(name),
        ...(description === undefined ? {} : { description }),
        schema,
      };
    }),
    ...(path.startsWith('/v2.1/') ? [{ $ref: '#/components/parameters/microversion' }] : []),
  ];
}

function responsesOf({ answers, example }: DescribedOperation, { refused, failed, open }: ApiTraits) {
  if (answers === undefined) {
    return { '2XX': { description: 'Done' }, '4XX': { description: 'Refused, with the reason' } };
  }
  const component = (name: string) => ({ $ref: `#/components/responses/${name}` });
  const done = Object.entries(answers).map(([status, body], index) => [
    status,
    {
      description: DESCRIPTIONS[status] ?? (body === null ? 'Done' : 'The answer'),
      ...(body === null
        ? {}
        : { content: contentOf(body, 'output', open, index === 0 ? example?.answer : undefined) }),
    },
  ]);
  return {
    ...Object.fromEntries(done),
    [refused[0]]: component(refused[1]),
    ...(failed === undefined ? {} : { [failed[0]]: component(failed[1]) }),
  };
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  101: 'The connection is a WebSocket from here on',
  410: 'The cursor cannot be resumed from',
};

/** The example is for the first media type; the others get a generated sample. */
function contentOf(body: NonNullable<DescribedBody>, io: Io, open: boolean, example: unknown) {
  const types = body instanceof z.ZodType ? { 'application/json': body } : body;
  return Object.fromEntries(
    Object.entries(types).map(([type, of], index) => {
      const schema = schemaOf(of, io, open);
      return [type, { schema, example: (index === 0 ? example : undefined) ?? sampleOf(schema) }];
    }),
  );
}

/**
 * The schema of what a client sends: before texts become numbers and defaults are filled in.
 * @param open allows other keys
 */
export function schemaOf(schema: z.ZodType, io: Io = 'input', open = false): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (open && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return rest;
}
