/** Reads bodies of bounded size, counted as they arrive: the length in a header is only a claim, and may be missing. */
import { DomainError } from '../domain/errors.ts';
import { refuseNul } from '../domain/nul.ts';
import { parseJson } from '../parse-json.ts';

/** Keystone's own limit. */
export const MAX_BODY_BYTES = 112 * 1024;

export class BodyTooLarge extends DomainError {
  constructor() {
    super('invalid', `The body must not be larger than ${MAX_BODY_BYTES} bytes.`);
  }
}

/**
 * @throws DomainError `invalid` if it is not JSON, or contains U+0000 @throws BodyTooLarge, which is `invalid` for an
 * API that has no status of its own for it
 */
export async function readJson(request: Request): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const value = parsed(text);
  refuseNul(text, value);
  return value;
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new DomainError('invalid', 'The body must be JSON.');
  }
}
