/** The wire as JSON Schema, for readers in other languages: derived from the schemas, never written by hand. */
import { z } from 'zod';
import * as agent from './agent.ts';
import * as downstream from './downstream.ts';
import * as items from './items.ts';
import * as upstream from './upstream.ts';
import { AGENT_SUBPROTOCOL, SUBPROTOCOL } from './version.ts';

export type JsonSchema = { readonly [key: string]: unknown };
export type NamedSchemas = Readonly<Record<string, z.ZodType>>;

/** Every named schema of the wire, by subprotocol. Two names of one schema are one. */
export const SCHEMAS: Readonly<Record<typeof SUBPROTOCOL | typeof AGENT_SUBPROTOCOL, NamedSchemas>> = {
  [SUBPROTOCOL]: schemasOf({ ...items, ...upstream, ...downstream }),
  [AGENT_SUBPROTOCOL]: schemasOf(agent),
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

/** One document for a subprotocol: any frame of either side, and each by name below `$defs`. */
export function jsonSchema(protocol: keyof typeof SCHEMAS): JsonSchema {
  const prefix = protocol === AGENT_SUBPROTOCOL ? 'Agent' : '';
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:hostbeat:${protocol}`,
    title: protocol,
    anyOf: ['Upstream', 'Downstream'].map((side) => ({ $ref: `#/$defs/${prefix}${side}` })),
    $defs: definitions(SCHEMAS[protocol], (name) => `#/$defs/${name}`),
  };
}
