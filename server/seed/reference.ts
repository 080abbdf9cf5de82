/** Generates `docs/reference/seed.md` from the schema of the seed document. */
import { z } from 'zod';
import { SeedDocument } from './document.ts';
import { SEED_EXAMPLE } from './example.ts';

/** The part of JSON Schema that the document uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The whole document, ending with a line break. */
export function seedReference(): string {
  const schema = z.toJSONSchema(SeedDocument, { io: 'input', unrepresentable: 'any' }) as Schema;
  return `# The seed document

<!-- Made by "npm run -s hostbeat -- seed --reference > docs/reference/seed.md". Edit the schemas in server/seed/document.ts and server/documents/schemas.ts instead. -->

One JSON document for a whole small cloud: \`hostbeat seed FILE\` loads it through a running server (\`POST /v1/seed\`), and into
the database file with \`--offline\`. Loading it again changes nothing, what it does not name stays, and what a server or a service
leaves out stays as it is. A document with a fault is refused whole, in words that name the field. Unknown keys are faults.

A server whose project or host is neither in the document nor in the database is refused by name. With \`--create-missing\`
(\`?create_missing=true\`) the projects and hosts are made, and the answer says which. Where projects are kept in a Keystone or with an
OIDC issuer, \`projects\` and \`users\` are not loaded and every project id is taken as it is.

The lines of \`hostbeat instances import\` (\`POST /v1/instances\`) are documents of the form of [instances](#instances), one a line.

## Example

\`hostbeat seed --example\` prints this. Only the command takes comments.

\`\`\`jsonc
${SEED_EXAMPLE.trim()}
\`\`\`

${section('The document', schema)}
${Object.entries(schema.properties ?? {})
  .filter(([, field]) => field.items?.properties !== undefined)
  .map(([name, field]) => section(name, field.items as Schema))
  .join('\n')}`;
}

/** A table of the fields; objects within follow below under their path. */
function section(title: string, schema: Schema, level = 2): string {
  const fields = Object.entries(schema.properties ?? {});
  const rows = fields.map(([name, field]) => {
    const needed = schema.required?.includes(name) === true ? 'yes' : '';
    const fallback = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
    return `| \`${name}\` | ${formOf(field)} | ${needed} | ${fallback} | ${field.description ?? ''} |`;
  });
  const below =
    title === 'The document'
      ? []
      : fields.flatMap(([name, field]) => {
          const inner = innerOf(field);
          return inner === undefined ? [] : [section(`${title}: ${name}`, inner, 3)];
        });
  const head = `${'#'.repeat(level)} ${title}\n\n| field | form | needed | default | |\n|---|---|---|---|---|\n`;
  return `${head}${rows.join('\n')}\n${below.map((text) => `\n${text}`).join('')}`;
}

function innerOf(schema: Schema): Schema | undefined {
  if (schema.properties !== undefined) return schema;
  if (schema.items !== undefined) return innerOf(schema.items);
  return schema.anyOf?.map(innerOf).find((inner) => inner !== undefined);
}

function formOf(schema: Schema): string {
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(formOf))].join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.format === 'uuid' || schema.format === 'guid') return 'UUID';
  if (schema.type === 'array')
    return `list of ${schema.items === undefined ? 'values' : formOf(schema.items)}`;
  if (schema.type === 'integer') return `whole number${boundsOf(schema)}`;
  if (schema.type === 'string')
    return `text${schema.maxLength === undefined ? '' : `, at most ${schema.maxLength} characters`}`;
  return schema.type ?? 'value';
}

function boundsOf({ minimum, maximum }: Schema): string {
  const isBound = (value: number | undefined) =>
    value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  if (isBound(minimum) && isBound(maximum)) return ` from ${minimum} to ${maximum}`;
  return isBound(minimum) ? `, at least ${minimum}` : '';
}
