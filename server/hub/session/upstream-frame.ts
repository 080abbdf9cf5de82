import type { z } from 'zod';
import type { ErrorCode } from '../../../client-sdk/protocol/downstream.ts';
import { Upstream } from '../../../client-sdk/protocol/upstream.ts';
import { fieldWithNul, nulProblem } from '../../domain/nul.ts';
import { parseJson } from '../../parse-json.ts';

export type ParsedFrame =
  | { readonly frame: Upstream }
  /** A frame of a type that this server does not know: its client is newer, or has an error. */
  | { readonly unknownType: string }
  /** `code` says whether it ends the connection: `bad_frame` does. */
  | { readonly problem: string; readonly code: ProblemCode };

export type ProblemCode = Extract<ErrorCode, 'bad_frame' | 'bad_cursor' | 'auth_failed'>;

const TYPES: readonly string[] = Upstream.options.map(({ shape }) => shape.type.value);

/** At most this much of a type's name is repeated in the answer. */
const LONGEST_TYPE = 64;

/** Reads one message of a client, or says what is wrong with it, in words that the client may see. */
export function readUpstream(text: string | undefined): ParsedFrame {
  if (text === undefined) return bad('binary messages are not supported: send JSON as text');
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return bad('the message is not JSON');
  }
  const nul = text.includes('\\u0000') ? fieldWithNul(value) : undefined;
  if (nul !== undefined) return { problem: nulProblem(nul || 'the message'), code: codeFor(value) };
  const type = (value as { type?: unknown } | null)?.type;
  if (typeof type === 'string' && !Array.isArray(value) && !TYPES.includes(type)) {
    return { unknownType: type.slice(0, LONGEST_TYPE) };
  }
  const read = Upstream.safeParse(value);
  if (!read.success) return { problem: problemOf(read.error), code: codeFor(value) };
  const { data: frame } = read;
  if (frame.type === 'subscribe' && frame.stream === 'hosts' && frame.servers !== undefined) {
    return bad('servers: the stream "hosts" has no servers to filter by; leave it out');
  }
  return { frame };
}

function bad(problem: string): ParsedFrame {
  return { problem, code: 'bad_frame' };
}

/**
 * An `ack` is optional, and a malformed token counts as an invalid one: neither ends the stream, whatever is wrong with
 * it.
 */
function codeFor(value: unknown): ProblemCode {
  const { type, token } = (value ?? {}) as { type?: unknown; token?: unknown };
  if (type === 'ack') return 'bad_cursor';
  return type === 'auth' && typeof token === 'string' ? 'auth_failed' : 'bad_frame';
}

/** The first issue, by its field; the value itself may be a secret and is not repeated. */
export function problemOf(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'the message is not a valid frame';
  const field = issue.path.join('.');
  if (field === '' || field === 'type') {
    return 'type: must be one of hello, subscribe, unsubscribe, ack, auth, ping, in a JSON object';
  }
  return `${field}: ${issue.message}`;
}
