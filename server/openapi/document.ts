/**
 * The REST APIs as one OpenAPI 3.1 document, with the compute API at one microversion: what a client of that
 * microversion must send, and what it gets. A document for all microversions would have to say "from … on" for each
 * key, which no generator reads.
 */
import { Refused } from '../api/answers/errors.ts';
import { MAX_VERSION, type Microversion, versionText } from '../nova/microversions.ts';
import { SERVER } from '../version.ts';
import { computeOperations } from './compute.ts';
import { IDENTITY_OPERATIONS } from './identity.ts';
import { type ApiTraits, operationObject, schemaOf } from './operation.ts';
import { OWN_OPERATIONS } from './own/operations.ts';

const OPENSTACK: ApiTraits = { refused: ['4XX', 'refused'], open: false };
const OWN: ApiTraits = { refused: ['4XX', 'error'], failed: ['5XX', 'error'], open: true };

function apisAt(version: Microversion) {
  const compute = `OpenStack Nova’s API at microversion ${versionText(version)}`;
  return [
    {
      name: 'hostbeat',
      description: 'Streams, webhooks, keys, reports: everything beyond the two others',
      operations: OWN_OPERATIONS,
      traits: OWN,
    },
    { name: 'compute', description: compute, operations: computeOperations(version), traits: OPENSTACK },
    {
      name: 'identity',
      description: 'OpenStack Keystone’s API v3, embedded',
      operations: IDENTITY_OPERATIONS,
      traits: OPENSTACK,
    },
  ] as const;
}

export type OpenApi = ReturnType<typeof openApi>;

export function openApi(url: string, version: Microversion = MAX_VERSION) {
  const making = openApiSteps(url, version);
  for (;;) {
    const { done, value } = making.next();
    if (done) return value;
  }
}

/** The same in steps, since making all of it takes tens of milliseconds. */
export function* openApiSteps(url: string, version: Microversion = MAX_VERSION) {
  const apis = apisAt(version);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { name, operations, traits } of apis) {
    for (const operation of operations) {
      const described = operationObject(operation, name, traits);
      paths[operation.path] = { ...paths[operation.path], [operation.method]: described };
      yield undefined;
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hostbeat',
      version: SERVER.version,
      description:
        'The REST APIs of hostbeat. The frames of the streams are in /asyncapi.json. The compute API is described at one microversion: the newest, unless /openapi.json?microversion=2.53 asks for another.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: apis.map(({ name, description }) => ({ name, description })),
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: SECURITY,
      parameters: { microversion: { ...MICROVERSION, example: `compute ${versionText(version)}` } },
      responses: { refused: REFUSED, error: ERROR },
    },
  };
}

const SECURITY = {
  token: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Auth-Token',
    description: 'A token of Keystone; of the embedded one by `POST /identity/v3/auth/tokens`.',
  },
  receiver: {
    type: 'http',
    scheme: 'bearer',
    description: '`HOSTBEAT_RECEIVER_TOKEN`, or a token of `HOSTBEAT_RECEIVERS_FILE`',
  },
  receiverPassword: {
    type: 'http',
    scheme: 'basic',
    description: 'The same as the password, for senders that support nothing else.',
  },
};

const MICROVERSION = {
  name: 'OpenStack-API-Version',
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description: 'Without it, 2.1.',
};

/** One key, Nova's name of the status. The token filter and the router have their own forms. */
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
      example: { itemNotFound: { code: 404, message: 'Instance could not be found.' } },
    },
  },
};

const ERROR = {
  description: 'Refused, with the reason. `Retry-After` says when to try again, where that helps.',
  content: {
    'application/json': {
      schema: schemaOf(Refused, 'output', true),
      example: {
        error: {
          code: 'invalid',
          message: 'service_down_time_ms: must be at least 500',
          field: 'service_down_time_ms',
        },
      },
    },
  },
};
