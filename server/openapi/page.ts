/** `/docs/plain`: the document as one HTML page that loads nothing and runs no script. */
import type { OpenApi } from './document.ts';

type Operation = {
  summary: string;
  tags: string[];
  parameters?: object[];
  requestBody?: object;
  responses: object;
};

export function docsPage(document: OpenApi): string {
  const apis = document.tags.map(({ name, description }) => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, Operation>)
        .filter(([, operation]) => operation.tags.includes(name))
        .map(([method, operation]) => row(method, path, operation)),
    );
    return `<h2>${text(name)}</h2><p>${text(description)}</p>${operations.join('')}`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>hostbeat API</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style>
<h1>hostbeat ${text(document.info.version)}</h1>
<p>${text(document.info.description)} For programs: <a href="../openapi.json">openapi.json</a>, <a href="../asyncapi.json">asyncapi.json</a>.</p>
${apis.join('\n')}</html>`;
}

const text = escapeHtml;
const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
summary{cursor:pointer;padding:.2rem 0}code,pre{font:14px/1.4 ui-monospace,monospace}b{display:inline-block;min-width:4.5rem}
pre{overflow:auto;padding:1rem;border:1px solid color-mix(in srgb,currentColor 25%,transparent)}`;

function row(method: string, path: string, operation: Operation): string {
  const { summary, parameters, requestBody, responses } = operation;
  const head = `<code><b>${text(method.toUpperCase())}</b>${text(path)}</code> ${text(summary)}`;
  const more = { ...(parameters && { parameters }), ...(requestBody && { requestBody }), responses };
  return `<details><summary>${head}</summary><pre>${text(JSON.stringify(more, null, 2))}</pre></details>`;
}

/** A text escaped for HTML. */
export function escapeHtml(value: string): string {
  return value.replace(/[&<>"]/g, (symbol) => `&#${symbol.charCodeAt(0)};`);
}
