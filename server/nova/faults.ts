/** Errors in Nova's shapes. Inside, everything throws DomainError; NovaFault is for what only HTTP knows. */
import { DomainError, type ErrorCode } from '../domain/errors.ts';

export class NovaFault extends Error {
  override readonly name = 'NovaFault';
  readonly status: number;
  /** The version to show in the headers, where none was negotiated. */
  readonly apiVersion: string | undefined;

  constructor(status: number, message: string, options: { readonly apiVersion?: string } = {}) {
    super(message);
    this.status = status;
    this.apiVersion = options.apiVersion;
  }
}

export const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  not_implemented: 501,
  too_many: 429,
  unavailable: 503,
  storage_full: 507,
  internal: 500,
};

/** Nova's names of statuses. */
const NAMES: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

export interface FaultAnswer {
  readonly status: number;
  readonly body: Record<string, { readonly code: number; readonly message: string }>;
}

export function faultBody(status: number, message: string): FaultAnswer['body'] {
  return { [NAMES[status] ?? 'computeFault']: { code: status, message } };
}

/** A thrown value as Nova's fault. An unexpected error reveals nothing about itself. */
export function faultOf(error: unknown): FaultAnswer {
  if (error instanceof NovaFault)
    return { status: error.status, body: faultBody(error.status, error.message) };
  if (error instanceof DomainError && error.code !== 'internal') {
    const status = STATUS_OF[error.code];
    return { status, body: faultBody(status, error.message) };
  }
  return {
    status: 500,
    body: faultBody(500, 'Unexpected API error. The log of hostbeat has the details under this request id.'),
  };
}

export function badRequest(message: string): DomainError {
  return new DomainError('invalid', message);
}

/** One text for a missing object and for another project's: a caller cannot tell them apart. */
export function serverNotFound(): DomainError {
  return new DomainError('not_found', 'Instance could not be found.');
}
