/**
 * The REST APIs as one OpenAPI 3.1 document, the compute API at one microversion: what a client that speaks it has to
 * send, and what it gets. One document for all of them would say of each key "from … on", which no generator reads.
 */
import { z } from 'zod';
import { MAX_VERSION, type Microversion, versionText } from '../nova/microversions.ts';
import { SERVER } from '../version.ts';
import { computeOperations } from './compute.ts';
import type { DescribedOperation } from './described.ts';
import { IDENTITY_OPERATIONS } from './identity.ts';
import { OWN_OPERATIONS } from './own.ts';

function facesAt(version: Microversion) {
  const compute = `OpenStack Nova’s API at microversion ${versionText(version)}`;
  return [
    { name: 'compute', description: compute, operations: computeOperations(version) },
    {
      name: 'identity',
      description: 'OpenStack Keystone’s API v3, embedded',
      operations: IDENTITY_OPERATIONS,
    },
    { name: 'hostbeat', description: 'What those two have no words for', operations: OWN_OPERATIONS },
  ] as const;
}

export function openApi(url: string, version: Microversion = MAX_VERSION) {
  const faces = facesAt(version);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { name, operations } of faces) {
    for (const operation of operations) {
      const described = operationObject(operation, name);
      paths[operation.path] = { ...paths[operation.path], [operation.method]: described };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hostbeat',
      version: SERVER.version,
      description:
        'The REST APIs of hostbeat. The streams are in /asyncapi.json. The compute API is described at one microversion, the newest unless /openapi.json?microversion=2.53 asks for another.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: faces.map(({ name, description }) => ({ name, description })),
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
      parameters: { microversion: { ...MICROVERSION, example: `compute ${versionText(version)}` } },
      responses: { refused: REFUSED },
    },
  };
}

const MICROVERSION = {
  name: 'OpenStack-API-Version',
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description: 'Without it, 2.1.',
};

/** One key, Nova's name of the status. The token filter and the router have shapes of their own. */
const REFUSED = {
  description: 'Refused, with the reason',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        minProperties: 1,
        additionalProperties: {
          type: 'object',
          required: ['code', 'message'],
          properties: { code: { type: 'integer' }, message: { type: 'string' } },
        },
      },
    },
  },
};

function operationObject(
  { method, path, summary, body, query = [], open, answers }: DescribedOperation,
  tag: string,
) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const parameters = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...query.map((name) => ({ name, in: 'query', required: false, schema: { type: 'string' } })),
    ...(path.startsWith('/v2.1/') ? [{ $ref: '#/components/parameters/microversion' }] : []),
  ];
  return {
    operationId: `${method}${path.replace(/[{}]/g, '').replace(/[^a-zA-Z0-9]+/g, '_')}`,
    summary,
    tags: [tag],
    ...(open ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: responsesOf(answers),
  };
}

function responsesOf(answers: DescribedOperation['answers']) {
  if (answers === undefined) {
    return { '2XX': { description: 'Done' }, '4XX': { description: 'Refused, with the reason' } };
  }
  const done = Object.entries(answers).map(([status, schema]) => [
    status,
    {
      description: schema === null ? 'Done' : 'The answer',
      ...(schema === null ? {} : { content: { 'application/json': { schema: schemaOf(schema, 'output') } } }),
    },
  ]);
  return { ...Object.fromEntries(done), '4XX': { $ref: '#/components/responses/refused' } };
}

/** The schema of what a client sends, before texts become numbers and defaults are filled in. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'input'): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
