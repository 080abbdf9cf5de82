/** The names that programs may rely on, out of the documents that describe the API. */

type Json = Readonly<Record<string, unknown>>;

export interface ApiNames {
  /** `METHOD path operationId`. */
  readonly operations: readonly string[];
  /** `channel`, `message` or `operation`, and its name. */
  readonly stream: readonly string[];
}

export function namesOf(openapi: Json, asyncapi: Json): ApiNames {
  const paths = openapi.paths as Record<string, Record<string, { operationId?: string }>>;
  return {
    operations: Object.entries(paths)
      .flatMap(([path, item]) =>
        Object.entries(item).flatMap(([method, { operationId }]) =>
          operationId === undefined ? [] : [`${method.toUpperCase()} ${path} ${operationId}`],
        ),
      )
      .sort(),
    stream: [
      ...keysOf(asyncapi, 'channels').map((name) => `channel ${name}`),
      ...keysOf(asyncapi.components, 'messages').map((name) => `message ${name}`),
      ...keysOf(asyncapi, 'operations').map((name) => `operation ${name}`),
    ],
  };
}

function keysOf(within: unknown, member: string): string[] {
  return Object.keys(((within as Json | undefined)?.[member] as Json | undefined) ?? {}).sort();
}
