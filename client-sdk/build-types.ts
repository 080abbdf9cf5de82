/**
 * The wire's types without the library they are derived from: what `z.infer` infers, written out. Otherwise every user
 * of the client's types would have to install the schema library, or silently get `any`.
 */
import { z } from 'zod';
import * as downstream from './protocol/downstream.ts';
import * as items from './protocol/items.ts';
import * as upstream from './protocol/upstream.ts';
import * as webhook from './protocol/webhook.ts';

type Json = Record<string, unknown>;
type Direction = 'input' | 'output';

/** A declaration file for each schema file that types are taken from. */
export function plainDeclarations(): Readonly<Record<string, string>> {
  return {
    'items.d.ts': declare({
      ...schemasOf(items),
      Cause: z.enum(items.CAUSES),
      ChangeKind: z.enum(items.CHANGE_KINDS),
      Fence: z.enum(items.FENCE_STATES),
    }),
    'downstream.d.ts': declare({
      ...schemasOf(downstream),
      ResetReason: z.enum(downstream.RESET_REASONS),
      ObserverState: z.enum(downstream.OBSERVER_STATES),
      ErrorCode: z.enum(downstream.ERROR_CODES),
    }),
    'upstream.d.ts':
      declare({ ...schemasOf(upstream), StreamKind: z.enum(upstream.STREAMS) }) +
      declare({ UpstreamFrame: upstream.Upstream }, 'input'),
    'webhook.d.ts': declare(schemasOf(webhook)),
  };
}

function schemasOf(module: object): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(module).filter(([, value]) => value instanceof z.ZodType));
}

function declare(schemas: Readonly<Record<string, z.ZodType>>, io: Direction = 'output'): string {
  return Object.entries(schemas)
    .map(([name, schema]) => `export type ${name} = ${typeOf(z.toJSONSchema(schema, { io }) as Json)};\n`)
    .join('');
}

/** @throws Error for a form of schema that the wire has not used so far: add it here */
function typeOf(schema: Json): string {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(either)) return either.map(typeOf).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  switch (schema.type) {
    case 'object':
      return objectType(schema);
    case 'array':
      if (Array.isArray(schema.prefixItems)) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
      return `(${typeOf(schema.items as Json)})[]`;
    case 'integer':
      return 'number';
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return schema.type;
    case undefined:
      return 'unknown';
    default:
      throw new Error(`no TypeScript for the schema ${JSON.stringify(schema)}`);
  }
}

function objectType(schema: Json): string {
  const { properties, additionalProperties, required = [] } = schema;
  if (properties === undefined) return `{ [key: string]: ${typeOf((additionalProperties ?? {}) as Json)} }`;
  const fields = Object.entries(properties as Record<string, Json>).map(([key, value]) =>
    (required as string[]).includes(key)
      ? `${key}: ${typeOf(value)}`
      : `${key}?: ${typeOf(value)} | undefined`,
  );
  return `{ ${fields.join('; ')} }`;
}
