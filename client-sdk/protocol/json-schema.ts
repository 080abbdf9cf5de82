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

/** Every named schema of the wire, by the document that it belongs to. Two names of one schema are one. */
export const SCHEMAS = {
  [SUBPROTOCOL]: schemasOf({ ...items, ...upstream, ...downstream }),
  [AGENT_SUBPROTOCOL]: schemasOf(agent),
  [WEBHOOK_MESSAGES]: schemasOf(webhook),
} as const;
export type DocumentName = keyof typeof SCHEMAS;

/** What a whole message of each may be. */
const ROOTS: Readonly<Record<DocumentName, readonly string[]>> = {
  [SUBPROTOCOL]: ['Upstream', 'Downstream'],
  [AGENT_SUBPROTOCOL]: ['AgentUpstream', 'AgentDownstream'],
  [WEBHOOK_MESSAGES]: ['WebhookMessage'],
};

export function schemasOf(module: object): NamedSchemas {
  return Object.fromEntries(Object.entries(module).filter(([, value]) => value instanceof z.ZodType));
}

/**
 * One definition for each name, referring to the others by it. Of what a client may send, since the server fills in
 * defaults; and open for keys that are not named, since readers ignore those.
 * @param at where a definition of this name will stand, as `$ref` says it
 */
export function definitions(
  schemas: NamedSchemas,
  at: (name: string) => string,
  target: 'draft-7' | 'draft-2020-12' = 'draft-2020-12',
): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: documents } = z.toJSONSchema(registry, { io: 'input', uri: at, target });
  return Object.fromEntries(
    Object.entries(documents).map(([id, { $id, $schema, ...definition }]) => [id, definition]),
  );
}

/** One document for a subprotocol, or for webhooks: any frame of either side, and each by name below `$defs`. */
export function jsonSchema(name: DocumentName): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:hostbeat:${name}`,
    title: name,
    anyOf: ROOTS[name].map((root) => ({ $ref: `#/$defs/${root}` })),
    $defs: definitions(SCHEMAS[name], (schema) => `#/$defs/${schema}`),
  };
}
