/** A value that fits a JSON schema, as an example where nobody has written one. Pure. */

type Schema = Readonly<Record<string, unknown>>;

const UUID = '9b0cf3f8-3a5e-4d0a-8d4e-7d1c6b1f2a10';

const DAY = '2026-01-31T12:00:00';
/** Texts by the name of their key, where the schema allows any text. */
const TEXTS: Readonly<Record<string, string>> = {
  id: UUID,
  uuid: UUID,
  name: 'db-primary',
  host: 'compute-1',
  hypervisor_hostname: 'compute-1',
  binary: 'nova-compute',
  zone: 'nova',
  zoneName: 'nova',
  status: 'ACTIVE',
  href: 'https://hostbeat.example:8774/v2.1/servers',
  url: 'https://hostbeat.example:8774',
  rel: 'self',
  key: 'role',
  password: 'correct horse battery staple',
  domain_id: 'default',
  tenant_id: '3c1f9a6e5b7d4e0f8a2b6c4d1e9f7a50',
  project_id: '3c1f9a6e5b7d4e0f8a2b6c4d1e9f7a50',
  user_id: 'a3b8d1c04e6f4f7d9b2a5c8e0f1d3b67',
  hostId: 'b1d5781111d84f7b3fe45a0852e59758cd7a87e5b4f1d0c9d0b6c6a5',
  method: 'password',
  methods: 'password',
  disabled_reason: 'new memory',
  description: 'first of two',
  action: 'evacuate',
  tag: 'primary',
  original_name: 'm1.small',
};
const FORMATS: Readonly<Record<string, string>> = {
  'date-time': `${DAY}Z`,
  uuid: UUID,
  uri: 'https://hostbeat.example:8774',
  ipv4: '192.0.2.7',
  ipv6: '2001:db8::7',
};
/** For texts with a pattern; the first that matches is used. */
const SHAPES = [
  UUID,
  `${DAY}Z`,
  `${DAY}.000000`,
  `${DAY}.000000Z`,
  `${DAY}.000Z`,
  '2.1',
  'v2.1',
  '1',
  'none',
];

/** @param name the key of this value */
export function sampleOf(schema: object, name = ''): unknown {
  return sample(schema as Schema, name, schema as Schema);
}

function sample(given: Schema, name: string, root: Schema): unknown {
  const schema = resolved(given, root);
  if ('const' in schema) return schema.const;
  if ('default' in schema) return schema.default;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const choices = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  if (choices !== undefined) {
    const some = choices.find((choice) => choice.type !== 'null') ?? choices[0];
    return some === undefined ? null : sample(some, name, root);
  }
  const parts = schema.allOf as readonly Schema[] | undefined;
  if (parts !== undefined) return Object.assign({}, ...parts.map((part) => sample(part, name, root)));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return objectOf(schema, name, root);
    case 'array':
      return arrayOf(schema, name, root);
    case 'integer':
    case 'number':
      return Number(schema.minimum ?? schema.exclusiveMinimum ?? 0) + ('exclusiveMinimum' in schema ? 1 : 0);
    case 'boolean':
      return false;
    case 'string':
      return textOf(schema, name);
    default:
      return null;
  }
}

function resolved(schema: Schema, root: Schema): Schema {
  if (typeof schema.$ref !== 'string') return schema;
  let at: unknown = root;
  for (const step of schema.$ref.replace(/^#\/?/, '').split('/')) {
    if (step !== '') at = (at as Schema | undefined)?.[step];
  }
  return (at ?? {}) as Schema;
}

/** All required keys, or the most descriptive ones where none is required. */
function objectOf(schema: Schema, name: string, root: Schema): object {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const must = new Set(schema.required as readonly string[] | undefined);
  const shown = properties.filter(([key]) => must.has(key));
  const most = shown.length > 0 ? shown : properties.slice(0, 3);
  const made = most.map(([key, value]) => [key, sample(value, key, root)] as const);
  const more = schema.additionalProperties;
  if (made.length === 0 && typeof more === 'object' && more !== null) {
    return { [String(TEXTS.key)]: sample(more as Schema, name, root) };
  }
  return Object.fromEntries(made);
}

function arrayOf(schema: Schema, name: string, root: Schema): readonly unknown[] {
  const fixed = schema.prefixItems as readonly Schema[] | undefined;
  if (fixed !== undefined) return fixed.map((item) => sample(item, name, root));
  const { items } = schema;
  return typeof items === 'object' && items !== null && !('not' in items)
    ? [sample(items as Schema, name.replace(/s$/, ''), root)]
    : [];
}

function textOf(schema: Schema, name: string): string {
  const format = typeof schema.format === 'string' ? FORMATS[schema.format] : undefined;
  const text = format ?? TEXTS[name] ?? 'text';
  if (typeof schema.pattern !== 'string') return text;
  const pattern = new RegExp(schema.pattern);
  return [text, ...SHAPES].find((shape) => pattern.test(shape)) ?? text;
}
