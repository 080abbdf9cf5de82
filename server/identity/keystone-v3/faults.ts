/** Keystone's error bodies. */
import type { Context } from 'hono';
import { DomainError, type ErrorCode, retryAfterOf } from '../../domain/errors.ts';
import { isCallerGone } from '../../limits/caller-gone.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { BodyTooLarge } from '../read-json.ts';

const STATUS = {
  invalid: [400, 'Bad Request'],
  unauthorized: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  not_found: [404, 'Not Found'],
  conflict: [409, 'Conflict'],
  not_implemented: [501, 'Not Implemented'],
  too_many: [429, 'Too Many Requests'],
  unavailable: [503, 'Service Unavailable'],
  storage_full: [507, 'Insufficient Storage'],
  internal: [500, 'Internal Server Error'],
} as const satisfies Partial<Record<ErrorCode, readonly [number, string]>>;

type Status = (typeof STATUS)[keyof typeof STATUS][0] | 413;

/** Turns what a handler threw into `{"error":{"code","title","message"}}`. */
export function faultOf(
  c: Context,
  error: Error,
  identityUrl: string,
  logger: Pick<Logger, 'error'>,
): Response {
  if (error instanceof BodyTooLarge) return fault(c, 413, 'Request Entity Too Large', error.message);
  const code = error instanceof DomainError && error.code in STATUS ? error.code : 'internal';
  const [status, title] = STATUS[code as keyof typeof STATUS];
  if (status === 401) c.header('WWW-Authenticate', `Keystone uri="${identityUrl}"`);
  const wait = error instanceof DomainError ? retryAfterOf(error) : undefined;
  if (wait !== undefined) c.header('Retry-After', String(wait));
  if (status !== 500) return fault(c, status, title, error.message);
  if (!isCallerGone(error)) logger.error({ err: error, path: c.req.path }, 'identity request failed');
  return fault(c, 500, title, 'An unexpected error prevented the server from fulfilling your request.');
}

function fault(c: Context, code: Status, title: string, message: string): Response {
  return c.json({ error: { code, message, title } }, code);
}

/** @returns the error for a caller who may not do this (rule names as Keystone's) */
export function notAllowed(rule: string): DomainError {
  return new DomainError('forbidden', `You are not authorized to perform the requested action: ${rule}.`);
}
