/** Turns every error into an answer of our own API: `{"error":{"code","message","field"?}}`. */
import type { ErrorHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { DomainError, type ErrorCode, retryAfterOf } from '../../domain/errors.ts';
import type { Env } from '../../identity/middleware.ts';
import { isCallerGone } from '../../limits/caller-gone.ts';
import { type PlainAnswer, plainJson, toResponse } from '../../plain-http.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ErrorBody } from '../answers/errors.ts';

export const STATUS: Record<ErrorCode, ContentfulStatusCode> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  internal: 500,
  not_implemented: 501,
  too_many: 429,
  unavailable: 503,
  storage_full: 507,
};

/** The client sent more than the endpoint takes; only HTTP needs this error. */
export class TooLarge extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TooLarge';
  }
}

/** The caller's view of an error. Details of an error that is not meant for callers stay inside. */
export function errorBody(error: unknown): ErrorBody {
  if (error instanceof TooLarge) return { code: 'too_large', message: error.message };
  if (!(error instanceof DomainError) || error.code === 'internal') {
    return { code: 'internal', message: 'Internal error; the log has the details' };
  }
  const { code, message, field } = error;
  return { code, message, ...(field === undefined ? {} : { field }) };
}

export function answerError(logger: Logger): ErrorHandler<Env> {
  return (error, { req }) => toResponse(errorAnswer(error, req.method, req.path, logger));
}

/** The answer to a thrown error. An error that is not meant for the caller is logged. */
export function errorAnswer(error: unknown, method: string, path: string, logger: Logger): PlainAnswer {
  const body = errorBody(error);
  if (body.code === 'internal' && !isCallerGone(error))
    logger.error({ err: error, method, path }, 'a request failed');
  const wait = error instanceof DomainError ? retryAfterOf(error) : undefined;
  const headers = wait === undefined ? {} : { 'Retry-After': String(wait) };
  return plainJson(statusOf(body.code), { error: body }, headers);
}

function statusOf(code: ErrorBody['code']): ContentfulStatusCode {
  return code === 'too_large' ? 413 : STATUS[code];
}
