/** Spells header names as Keystone does. HTTP ignores case; scripts that search the text of an answer do not. */

/** Names that do not have a capital at each part. */
const AS_KEYSTONE: Readonly<Record<string, string>> = {
  'www-authenticate': 'WWW-Authenticate',
  'x-openstack-request-id': 'x-openstack-request-id',
  etag: 'ETag',
};

/** The same answer with the names respelled; the edge writes the names of an object as they are. */
export async function inKeystonesCase(answer: Response): Promise<Response> {
  const headers: Record<string, string> = {};
  for (const [name, value] of answer.headers) headers[inCase(name)] = value;
  const body = answer.body === null ? null : await answer.text();
  return new Response(body, { status: answer.status, headers });
}

function inCase(name: string): string {
  return AS_KEYSTONE[name] ?? name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
