/** Entry point `./protocol/schemas`: the schemas themselves, for servers and tests. Needs `zod`; the client does not. */
export * from './agent.ts';
export { asyncApi } from './async-api.ts';
export * from './downstream.ts';
export * from './items.ts';
export { type JsonSchema, jsonSchema } from './json-schema.ts';
export * from './upstream.ts';
export * from './webhook.ts';
