/** The REST faces as one OpenAPI 3.1 document. Bodies come from the schemas they are checked against. */
import { z } from 'zod';
import { SERVER } from '../version.ts';
import { COMPUTE_OPERATIONS } from './compute.ts';
import type { Described } from './described.ts';
import { IDENTITY_OPERATIONS } from './identity.ts';
import { OWN_OPERATIONS } from './own.ts';

const FACES = [
  { name: 'compute', description: 'OpenStack Nova’s API, 2.1 to 2.100', operations: COMPUTE_OPERATIONS },
  { name: 'identity', description: 'OpenStack Keystone’s API v3, embedded', operations: IDENTITY_OPERATIONS },
  { name: 'hostbeat', description: 'What those two have no words for', operations: OWN_OPERATIONS },
] as const;

export function openApi(url: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { name, operations } of FACES) {
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
        'The REST faces of hostbeat. The streams are in /asyncapi.json. Compute bodies are those of the newest microversion.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: FACES.map(({ name, description }) => ({ name, description })),
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
      parameters: { microversion: MICROVERSION },
    },
  };
}

const MICROVERSION = {
  name: 'OpenStack-API-Version',
  in: 'header',
  required: false,
  schema: { type: 'string', examples: ['compute 2.100'] },
  description: 'Without it, 2.1.',
};

function operationObject({ method, path, summary, body, query = [], open }: Described, tag: string) {
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
    responses: { '2XX': { description: 'Done' }, '4XX': { description: 'Refused, with the reason' } },
  };
}

/** What may be sent: before texts become numbers and defaults are filled in. */
function schemaOf(schema: z.ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
