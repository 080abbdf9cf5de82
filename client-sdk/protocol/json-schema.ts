/** The wire as JSON Schema, for readers in other languages: derived from the schemas, never written by hand. */
import { z } from 'zod';
import * as agent from './agent.ts';
import * as downstream from './downstream.ts';
import * as items from './items.ts';
import * as upstream from './upstream.ts';
import { AGENT_SUBPROTOCOL, SUBPROTOCOL, WEBHOOK_MESSAGES } from './version.ts';
import * as webhook from './webhook.ts';

export type JsonSchema = { readonly [key: string]: unknown };
export type NamedSchemas = Readonly<Record<string, z.ZodType>>;

/** Every named schema of the wire, by document. Two names of one schema count as one. */
export const SCHEMAS = {
  [SUBPROTOCOL]: schemasOf({ ...items, ...upstream, ...downstream }),
  [AGENT_SUBPROTOCOL]: schemasOf(agent),
  [WEBHOOK_MESSAGES]: schemasOf(webhook),
} as const;
export type DocumentName = keyof typeof SCHEMAS;

/** The schemas of a whole message, by document. */
const ROOTS: Readonly<Record<DocumentName, readonly string[]>> = {
  [SUBPROTOCOL]: ['Upstream', 'Downstream'],
  [AGENT_SUBPROTOCOL]: ['AgentUpstream', 'AgentDownstream'],
  [WEBHOOK_MESSAGES]: ['WebhookMessage'],
};

export function schemasOf(module: object): NamedSchemas {
  return Object.fromEntries(Object.entries(module).filter(([, value]) => value instanceof z.ZodType));
}

/**
 * One definition for each name; definitions refer to each other by name. They describe what a client may send, since
 * the server fills in defaults, and allow unknown keys, since readers ignore those.
 * @param at the `$ref` of a definition by its name
 */
export function definitions(
  schemas: NamedSchemas,
  at: (name: string) => string,
  target: 'draft-7' | 'draft-2020-12' = 'draft-2020-12',
  form: Form = 'reader',
): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: documents } = z.toJSONSchema(registry, { io: 'input', uri: at, target });
  const strict = Object.fromEntries(
    Object.entries(documents).map(([id, { $id, $schema, ...definition }]) => [id, definition as JsonSchema]),
  );
  if (form === 'writer') return strict;
  return Object.fromEntries(Object.entries(strict).map(([id, schema]) => [id, opened(schema, strict)]));
}

/**
 * `reader`: every enumeration and every choice of frames is open, as PROTOCOL.md requires of readers. `writer`: all are
 * closed.
 */
export type Form = 'reader' | 'writer';

function opened(schema: JsonSchema, all: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const known = framesIn(schema, all);
  const entries = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (known !== undefined && (key === 'oneOf' || key === 'anyOf')) {
      return ['anyOf', [...(value as unknown[]), anyFrameBut(known)]];
    }
    return [key, openedValue(value, all)];
  });
  const { enum: words, ...rest } = Object.fromEntries(entries);
  return Array.isArray(words) ? { ...rest, type: 'string', examples: words } : rest;
}

function openedValue(value: unknown, all: Readonly<Record<string, JsonSchema>>): unknown {
  if (Array.isArray(value)) return value.map((one) => openedValue(one, all));
  return typeof value === 'object' && value !== null ? opened(value as JsonSchema, all) : value;
}

/** The types of the frames that a choice offers; undefined if it is not a choice of frames. */
function framesIn(schema: JsonSchema, all: Readonly<Record<string, JsonSchema>>): string[] | undefined {
  const choices = (schema.oneOf ?? schema.anyOf) as readonly { $ref?: string }[] | undefined;
  const types = choices?.map(({ $ref = '' }) => {
    const { properties } = (all[$ref.split('/').at(-1) ?? ''] ?? {}) as {
      properties?: Record<string, { const?: string }>;
    };
    return properties?.type?.const;
  });
  return types?.every((type) => type !== undefined) ? (types as string[]) : undefined;
}

function anyFrameBut(known: readonly string[]): JsonSchema {
  const pattern = `^(?!(?:${known.map((type) => type.replaceAll('.', '\\.')).join('|')})$)`;
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { type: 'string', pattern } },
  };
}

/** One document for a subprotocol, or for webhooks: any frame of either side, and each by name below `$defs`. */
export function jsonSchema(name: DocumentName, form: Form = 'reader'): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:hostbeat:${name}${form === 'writer' ? ':strict' : ''}`,
    title: name,
    anyOf: ROOTS[name].map((root) => ({ $ref: `#/$defs/${root}` })),
    $defs: definitions(SCHEMAS[name], (schema) => `#/$defs/${schema}`, 'draft-2020-12', form),
  };
}
