/** `/docs/streams`: the AsyncAPI document as a page to read. It loads nothing and runs no script. */
import { asyncApi } from '../../client-sdk/protocol/async-api.ts';
import { escapeHtml } from './page.ts';
import { sampleOf } from './sample.ts';

interface Channel {
  readonly address: string | null;
  readonly description: string;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
}
interface Message {
  readonly name: string;
  readonly summary: string;
  readonly payload: { readonly $ref: string };
}
interface Schema {
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface Contract {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly channels: Readonly<Record<string, Channel>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

export function streamsPage(version: string): string {
  const contract = asyncApi({ version, url: 'http://localhost' }) as unknown as Contract;
  const { info, channels, components } = contract;
  const sections = Object.entries(channels).map(([name, channel]) => channelOf(name, channel, contract));
  const shapes = Object.entries(components.schemas).map(([name, schema]) => {
    const shape = schema.properties === undefined ? `<p>${typeOf(schema)}</p>` : fields(schema);
    return `<h3 id="schema-${name}">${text(name)}</h3>${paragraph(schema)}${shape}`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>hostbeat: streams and webhooks</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style>
<p><a href="../docs">REST APIs</a> · <a href="../asyncapi.json">asyncapi.json</a></p>
<h1>${text(info.title)} ${text(info.version)}</h1><p>${text(info.description)}</p>
<p>${Object.keys(channels)
    .map((name) => `<a href="#${name}">${text(name)}</a>`)
    .join(' · ')} · <a href="#shapes">shapes</a></p>
${sections.join('\n')}
<h2 id="shapes">Shapes</h2>${shapes.join('\n')}</html>`;
}

function channelOf(name: string, { address, description, messages }: Channel, contract: Contract): string {
  const rows = Object.entries(messages).map(([key, { $ref }]) => {
    const { name: type, summary, payload } = contract.components.messages[lastOf($ref)] as Message;
    const sender = key.startsWith('client_') ? 'client' : 'server';
    const example = sampleOf({ ...payload, ...contract });
    return `<details><summary><code><b>${sender}</b> ${text(type)}</code> ${text(summary)}</summary>
<p><a href="#schema-${lastOf(payload.$ref)}">${lastOf(payload.$ref)}</a></p>${fields(contract.components.schemas[lastOf(payload.$ref)] ?? {})}
<pre>${text(JSON.stringify(example, null, 2))}</pre></details>`;
  });
  const where = address === null ? '' : ` <code>${text(address)}</code>`;
  return `<h2 id="${name}">${text(name)}${where}</h2><p>${text(description)}</p>${rows.join('\n')}`;
}

function fields({ properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(
    ([name, schema]) =>
      `<tr><td><code>${text(name)}</code>${required.includes(name) ? '' : '?'}<td>${typeOf(schema)}<td>${text(schema.description ?? '')}`,
  );
  return rows.length === 0 ? '' : `<table><tr><th>key<th>type<th>meaning${rows.join('')}</table>`;
}

function typeOf({ $ref, enum: values, const: value, type, items, anyOf, oneOf, allOf }: Schema): string {
  if ($ref !== undefined) return `<a href="#schema-${lastOf($ref)}">${text(lastOf($ref))}</a>`;
  if (value !== undefined) return `<code>${text(JSON.stringify(value))}</code>`;
  if (values !== undefined)
    return values.map((one) => `<code>${text(JSON.stringify(one))}</code>`).join(' | ');
  const choices = anyOf ?? oneOf ?? allOf;
  if (choices !== undefined) return choices.map(typeOf).join(' | ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  return text(type === undefined ? 'any' : [type].flat().join(' | '));
}

function paragraph({ description }: Schema): string {
  return description === undefined ? '' : `<p>${text(description)}</p>`;
}

function lastOf(pointer: string): string {
  return pointer.slice(pointer.lastIndexOf('/') + 1);
}

const text = escapeHtml;
const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
summary{cursor:pointer;padding:.2rem 0}code,pre{font:14px/1.4 ui-monospace,monospace}details b{display:inline-block;min-width:4.5rem}
details{padding-left:.5rem}table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.1rem 1rem .1rem 0}
pre{overflow:auto;padding:1rem;border:1px solid color-mix(in srgb,currentColor 25%,transparent)}`;
